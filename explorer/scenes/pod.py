"""A pod as a cell: its sign, its short name, and one strip per container.

Models the summary that printPod gives in pkg/printers/internalversion/printers.go, told in signs instead of reasons.
"""

import re
from typing import Any

from cluster_engine.kernel.clock import parse_time
from explorer.scenes.sign import Sign, worst

Manifest = dict[str, Any]
Item = dict[str, Any]

PULL_TROUBLE = frozenset({"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError", "CreateContainerError"})
GENERATED = re.compile(r"^(?P<app>.+?)(?:-(?P<template>[a-z0-9]{6,10}))?-(?P<hash>[bcdfghjklmnpqrstvwxz2456789]{5})$")
NOT_A_FIT = re.compile(r"^(\d+)/(\d+) nodes are available")


def short_name(manifest: Manifest) -> tuple[str, str]:
    """("frontend", "q2d6j") for frontend-6f9c4d-q2d6j: what a cell has room for."""
    name = manifest["metadata"]["name"]
    if not manifest["metadata"].get("ownerReferences"):
        return name, ""
    found = GENERATED.match(name)
    if found is None:
        return name, ""
    hashed = manifest["metadata"].get("labels", {}).get("pod-template-hash")
    app, template = found["app"], found["template"] or ""
    return (app if not template or template == hashed else f"{app}-{template}"), found["hash"]


def condition(manifest: Manifest, type_: str) -> Manifest:
    """The condition of that type; empty when it has none."""
    return next((c for c in manifest.get("status", {}).get("conditions") or () if c.get("type") == type_), {})


def is_ready(manifest: Manifest) -> bool:
    return condition(manifest, "Ready").get("status") == "True"


def container_sign(status: Manifest | None) -> tuple[Sign, str]:
    """The sign of one container and the words for it."""
    if status is None:
        return "pending", "waiting"
    state = status.get("state") or {}
    if waiting := state.get("waiting"):
        return _waiting(waiting.get("reason", ""), status)
    if ended := state.get("terminated"):
        return ("done", "completed") if ended.get("exitCode") == 0 else ("failed", f"exit code {ended.get('exitCode')}")
    if "running" in state:
        return ("ready", "running") if status.get("ready") else ("notready", "running, not ready")
    return "pending", "waiting"


def _waiting(reason: str, status: Manifest) -> tuple[Sign, str]:
    if reason == "CrashLoopBackOff":
        return "crash", f"CrashLoopBackOff, {status.get('restartCount', 0)} restarts"
    if reason in PULL_TROUBLE:
        return "failed", reason
    return "pending", {"ContainerCreating": "starting", "PodInitializing": "waits for init containers"}.get(reason, reason or "waiting")


def containers(manifest: Manifest, pulls: dict[str, float]) -> list[Item]:
    """One strip per container: init containers first. `pulls`: container name -> share of its image that has arrived."""
    spec, status = manifest.get("spec", {}), manifest.get("status", {})
    found = [_strip(c, status.get("initContainerStatuses"), pulls, init=True) for c in spec.get("initContainers") or ()]
    return found + [_strip(c, status.get("containerStatuses"), pulls, init=False) for c in spec.get("containers") or ()]


def _strip(container: Manifest, statuses: list[Manifest] | None, pulls: dict[str, float], *, init: bool) -> Item:
    name = container["name"]
    status = next((s for s in statuses or () if s.get("name") == name), None)
    sign, words = container_sign(status)
    sidecar = init and container.get("restartPolicy") == "Always"
    if name in pulls and sign == "pending":
        sign, words = "pulling", f"pulling, {round(pulls[name] * 100)} %"
    strip: Item = {"name": name, "image": container.get("image", ""), "sign": sign, "words": words}
    strip |= {"init": True} if init and not sidecar else {"sidecar": True} if sidecar else {}
    if restarts := (status or {}).get("restartCount", 0):
        strip["restarts"] = restarts
    return strip


def sign_of(manifest: Manifest, strips: list[Item]) -> tuple[Sign, str, str]:
    """(sign, note beside the name, words for the tree)."""
    status = manifest.get("status", {})
    if manifest["metadata"].get("deletionTimestamp"):
        return "term", "", "terminating"
    phase, reason = status.get("phase", "Pending"), status.get("reason", "")
    if reason == "NodeLost" or phase == "Unknown":
        return "unknown", "", "unknown, its node is silent"
    if phase == "Succeeded":
        return "done", "", "succeeded"
    if phase == "Failed":
        return "failed", "", f"failed: {reason}" if reason else "failed"
    if not manifest.get("spec", {}).get("nodeName"):
        return _unbound(manifest)
    return _running(manifest, strips)


def _unbound(manifest: Manifest) -> tuple[Sign, str, str]:
    scheduled = condition(manifest, "PodScheduled")
    if scheduled.get("reason") != "Unschedulable":
        return "pending", "", "waiting for a node"
    found = NOT_A_FIT.match(scheduled.get("message", ""))
    note = f"{found[1]} of {found[2]} nodes fit" if found else "no node fits"
    return "unsched", note, f"unschedulable, {note}"


def _running(manifest: Manifest, strips: list[Item]) -> tuple[Sign, str, str]:
    main = [s for s in strips if not s.get("init")]
    bad = worst(s["sign"] for s in strips if not (s.get("init") and s["sign"] in ("pending", "done")))
    if bad in ("failed", "crash", "pulling"):
        first = next(s for s in strips if s["sign"] == bad)
        restarts = sum(s.get("restarts", 0) for s in strips)
        note = f"×{restarts}" if bad == "crash" else first["words"].split(", ")[-1] if bad == "pulling" else ""
        return bad, note, first["words"]
    if is_ready(manifest):
        return "ready", "", "ready"
    if main and all(s["sign"] in ("ready", "notready", "done") for s in main):
        return "notready", "", "running, not ready"
    return "pending", "", "starting"


def pod_item(manifest: Manifest, pulls: dict[str, float] | None = None, silent: bool = False) -> Item:
    """The cell. `pulls`: shares of images under way by container; `silent`: its node has stopped reporting."""
    meta, spec = manifest["metadata"], manifest.get("spec", {})
    strips = containers(manifest, pulls or {})
    sign, note, words = sign_of(manifest, strips)
    if silent and sign not in ("term", "done", "failed"):
        sign, note, words = "unknown", "", "unknown, its node is silent"
    app, short = short_name(manifest)
    item: Item = {
        "id": meta["uid"], "kind": "pod", "name": meta["name"], "namespace": meta.get("namespace", ""), "app": app, "hash": short,
        "node": spec.get("nodeName", ""), "sign": sign, "words": words, "containers": strips, "revision": int(meta.get("resourceVersion", 0)),
    }  # fmt: skip
    item |= {"note": note} if note else {}
    item |= {"ip": ip} if (ip := manifest.get("status", {}).get("podIP")) else {}
    item |= {"mirror": True} if "kubernetes.io/config.mirror" in (meta.get("annotations") or {}) else {}
    if sign == "pulling" and pulls:
        item["fill"] = round(min(pulls.values()), 3)
    if sign == "term":
        item["until"] = parse_time(meta["deletionTimestamp"])
    return item
