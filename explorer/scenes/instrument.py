"""The control plane's instruments: for each component three lines of what it does now, from its own report.

A report is what `Component.inspect()` gives. Reports differ in what they hold; an instrument shows what is there.
"""

from typing import Any

Report = dict[str, Any]
Item = dict[str, Any]

LOOPS_SHOWN = ("deployment", "replicaset", "endpointslice")
SLOTS = 8
REFUSALS = (
    ("untolerated taint", "tainted"), ("Insufficient cpu", "too little CPU"), ("Insufficient memory", "too little memory"), ("unschedulable", "cordoned"),
    ("affinity", "not its affinity"), ("selector", "not its selector"), ("topology spread", "spread"), ("ports", "port taken"), ("Too many pods", "full"),
)  # fmt: skip


def controller_manager(loops: list[Report], leads: bool = True) -> Item:
    """The loops that acted last, the newest marked."""
    recent = sorted((loop for loop in loops if loop.get("last")), key=lambda loop: -float(loop["last"][0].get("time", 0)))
    busiest = {id(loop) for loop in recent[:3]}
    shown = [loop for loop in loops if id(loop) in busiest] or [loop for loop in loops if _short(loop["name"]).lower() in LOOPS_SHOWN][:3]
    newest = recent[0] if recent else None
    lines = [{"name": _title(loop), "text": _said(loop), "on": loop is newest and bool(loop.get("depth"))} for loop in shown]
    depth = sum(int(loop.get("depth", 0)) for loop in loops)
    note = f"{depth} queued" if depth > 1 else f"{len(loops)} loops"
    return {"id": "controller-manager", "kind": "part", "name": "Controller manager", "note": note, "lines": lines, "leads": leads}


def _short(name: str) -> str:
    return name.removesuffix("-controller").removesuffix("_controller")


def _title(loop: Report) -> str:
    known = {"replicaset": "ReplicaSet", "endpointslice": "EndpointSlice", "endpoints": "Endpoints", "serviceaccount": "ServiceAccount",
             "statefulset": "StatefulSet", "daemonset": "DaemonSet", "cronjob": "CronJob", "generic-garbage-collector": "Garbage collector"}  # fmt: skip
    short = _short(loop["name"])
    return known.get(short, short.replace("-", " ").capitalize())


def _said(loop: Report) -> str:
    last = loop.get("last") or [{}]
    why = last[0].get("why") or ""
    text = why[-1] if isinstance(why, list) and why else why if isinstance(why, str) else ""
    return str(last[0].get("error") or text or "at rest")


def scheduler(report: Report, leads: bool = True) -> Item:
    """The newest decision: each node with its mean score, those left out with the filter that said no."""
    decision = report.get("newest") or {}
    lines = [_node_line(n) for n in decision.get("nodes") or ()]
    lines.sort(key=lambda line: (line["score"] is None, -(line["score"] or 0), line["name"] != decision.get("node"), line["name"]))
    for line in lines:
        if line["name"] == decision.get("node"):
            line["on"] = True
    depth = int(report.get("queue") or 0)
    note = f"{depth} waiting" if depth else "leading" if leads else "standing by"
    item: Item = {"id": "scheduler", "kind": "part", "name": "Scheduler", "note": note, "lines": lines[:3], "leads": leads}
    if decision:
        item |= {"text": str(decision.get("why") or decision.get("message") or ""), "subject": str(decision.get("uid") or "")}
    return item


def _node_line(node: Report) -> Item:
    score = node.get("mean")
    if not node.get("refused_by"):
        return {"name": str(node["node"]), "score": 100 if score is None else round(score), "text": ""}
    reasons = " ".join(str(r) for r in node.get("reasons") or ())
    short = next((words for part, words in REFUSALS if part in reasons), str(node["refused_by"]))
    return {"name": str(node["node"]), "score": None, "text": short}


def etcd(revision: int, durable: int, report: Report | None = None) -> Item:
    """The newest slots of the log: solid when durable, dashed while being written; and how many members agree in which term."""
    report = report or {}
    first = max(1, revision - SLOTS + 1)
    slots = [{"revision": r, "committed": r <= durable} for r in range(first, revision + 1)]
    writing = f"{revision} being written" if revision > durable else ""
    item: Item = {"id": "etcd", "kind": "part", "name": "etcd", "note": _agreeing(report), "slots": slots}
    return item | {"text": f"Committed to {durable}", "writing": writing, "leads": not report.get("refusal")}


def _agreeing(report: Report) -> str:
    members = report.get("members") or []
    up = sum(bool(member.get("up")) for member in members)
    if report.get("refusal"):
        return f"{up} of {len(members)} up, no leader"
    count = f"{up} of {len(members)}" if up < len(members) else str(len(members))
    return f"{count} member{'s' if len(members) != 1 else ''}, term {report.get('term', 0)}"


def api_server(watches: int, in_flight: int = 0, requests: int = 0) -> Item:
    """The bar: how many watches it feeds and how many requests it works on."""
    text = f"{watches} watches, {in_flight} in flight" if in_flight else f"{watches} watches"
    return {"id": "apiserver", "kind": "part", "name": "API server", "text": text, "requests": requests, "leads": True}
