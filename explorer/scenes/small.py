"""A cluster as a small picture: the bar, a box a node, a sign a pod. For the landing page and the wall."""

from typing import Any

from explorer.scenes.node import node_sign
from explorer.scenes.pod import pod_item
from explorer.scenes.sign import Sign, worst

Manifest = dict[str, Any]
MOST_NODES = 6
MOST_SIGNS = 10
WORDS: dict[Sign, str] = {
    "failed": "failed", "crash": "crash-looping", "unknown": "unknown", "unsched": "unschedulable", "notready": "not ready", "term": "terminating",
    "pulling": "pulling", "pending": "pending", "done": "succeeded", "ready": "ready",
}  # fmt: skip


def picture(nodes: list[Manifest], pods: list[Manifest]) -> dict[str, Any]:
    """{nodes: [{name, sign, signs, more}], sign, words}: at most six nodes and ten signs in each, the rest as counts."""
    items = [pod_item(pod) for pod in pods]
    boxes = [_box(node, [item for item in items if item["node"] == node["metadata"]["name"]]) for node in nodes]
    boxes.sort(key=lambda box: (not box["master"], box["name"]))
    bad = worst([item["sign"] for item in items] + [box["sign"] for box in boxes])
    ready = sum(item["sign"] == "ready" for item in items)
    words = f"{ready} of {len(items)} pods ready" if items else "no pods yet"
    troubled = sum(item["sign"] == bad for item in items)
    if bad not in ("ready", "done"):
        words += f", {troubled or 1} {WORDS[bad]}"
    return {"nodes": boxes[:MOST_NODES], "more": max(0, len(boxes) - MOST_NODES), "sign": bad, "words": words, "pods": len(items), "count": len(boxes)}


def _box(node: Manifest, items: list[dict[str, Any]]) -> dict[str, Any]:
    signs = [item["sign"] for item in items]
    labels = node["metadata"].get("labels") or {}
    return {
        "name": node["metadata"]["name"], "sign": node_sign(node)[0], "signs": signs[:MOST_SIGNS], "more": max(0, len(signs) - MOST_SIGNS),
        "master": "node-role.kubernetes.io/control-plane" in labels,
    }  # fmt: skip
