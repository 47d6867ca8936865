"""Why a pod found no node, in the words of upstream's events. Models framework.FitError (types.go)."""

from collections import Counter
from collections.abc import Iterable

from cluster_engine.scheduler.framework import Verdict


def summary(total: int, verdicts: Iterable[Verdict], pre_filter: str = "", post_filter: str = "") -> str:
    """`0/5 nodes are available: 2 Insufficient cpu, 3 node(s) had untolerated taint(s). <post filter's words>`."""
    text = f"0/{total} nodes are available"
    if pre_filter:
        text += f": {pre_filter}."
    elif reasons := reason_counts(verdicts):
        text += f": {reasons}."
    return f"{text} {post_filter}" if post_filter else text


def reason_counts(verdicts: Iterable[Verdict]) -> str:
    """`2 Insufficient cpu, 3 node(s) were unschedulable`, sorted as text."""
    counts = Counter(reason for verdict in verdicts for reason in verdict.reasons)
    return ", ".join(sorted(f"{count} {reason}" for reason, count in counts.items()))
