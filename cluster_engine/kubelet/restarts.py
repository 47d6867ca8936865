"""Whether a container that ended is started again: the pod's policy, the container's own, and its rules for exit codes.

Models pkg/kubelet/container/helpers.go (ShouldContainerBeRestarted) with container restart rules.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cluster_engine.kubelet.container_worker import ContainerWorker


def restarts(container: "ContainerWorker", pod_policy: str) -> bool:
    """For a container that has ended."""
    status = container.status
    if status is None or container.role == "ephemeral":
        return False
    for rule in container.spec.get("restartPolicyRules") or ():
        codes = rule.get("exitCodes") or {}
        listed = status.exit_code in (codes.get("values") or ())
        if rule.get("action") == "Restart" and listed == (codes.get("operator") == "In"):
            return True
    policy = container.spec.get("restartPolicy") or pod_policy
    if container.role == "init" and policy == "Always":
        policy = "OnFailure"
    if policy == "Always":
        return True
    return policy == "OnFailure" and status.exit_code != 0
