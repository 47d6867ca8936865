"""What the failure of a pod means to its job, and which successes are enough: the job's two policies.

Models pkg/controller/job/pod_failure_policy.go and success_policy.go.
"""

from dataclasses import dataclass
from typing import Any

from cluster_engine.controllers.job import indexes

Manifest = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The action of the rule that matched (Count when none did), and the rule's words for it."""

    action: str = "Count"
    message: str = ""


def verdict(job: Manifest, pod: Manifest) -> Verdict:
    """The first rule of the pod failure policy that matches."""
    rules = (job["spec"].get("podFailurePolicy") or {}).get("rules") or ()
    for number, rule in enumerate(rules):
        message = _on_exit_codes(rule, pod) if rule.get("onExitCodes") else _on_conditions(rule, pod)
        if message:
            return Verdict(rule["action"], f"{message} matching {rule['action']} rule at index {number}")
    return Verdict()


def _on_exit_codes(rule: Manifest, pod: Manifest) -> str:
    wanted = rule["onExitCodes"]
    status, meta = pod.get("status") or {}, pod["metadata"]
    for container in [*(status.get("containerStatuses") or ()), *(status.get("initContainerStatuses") or ())]:
        ended = (container.get("state") or {}).get("terminated")
        if not ended or not ended.get("exitCode") or wanted.get("containerName", container["name"]) != container["name"]:
            continue
        listed = ended["exitCode"] in wanted["values"]
        if listed == (wanted["operator"] == "In"):
            return f"Container {container['name']} for pod {meta['namespace']}/{meta['name']} failed with exit code {ended['exitCode']}"
    return ""


def _on_conditions(rule: Manifest, pod: Manifest) -> str:
    meta = pod["metadata"]
    for pattern in rule.get("onPodConditions") or ():
        for entry in (pod.get("status") or {}).get("conditions") or ():
            if entry["type"] == pattern["type"] and entry["status"] == pattern.get("status", "True"):
                return f"Pod {meta['namespace']}/{meta['name']} has condition {pattern['type']}"
    return ""


def success(job: Manifest, succeeded: set[int]) -> str:
    """Which rule of the success policy the succeeded indexes meet, in its words; "" for none."""
    for number, rule in enumerate((job["spec"].get("successPolicy") or {}).get("rules") or ()):
        named = rule.get("succeededIndexes")
        counted = succeeded & indexes.parse(named) if named is not None else succeeded
        needed = rule.get("succeededCount")
        enough = len(counted) >= needed if needed is not None else counted == indexes.parse(named)
        if enough:
            return f"Matched rules at index {number}"
    return ""
