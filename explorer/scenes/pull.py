"""Images under way: which containers wait for them, and what share has arrived."""

from typing import Any


def pulls_of(report: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Pod uid -> container -> share, from a kubelet's report."""
    found: dict[str, dict[str, float]] = {}
    for pod in report.get("pods") or ():
        shares = {c["name"]: float(c["pull"]) for c in pod.get("containers") or () if c.get("pull") is not None}
        if shares:
            found[pod["uid"]] = shares
    return found
