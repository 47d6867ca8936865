"""The flow schemas and priority levels of a new cluster as objects, and the condition by which a schema tells of its level.

Models k8s.io/apiserver/pkg/apis/flowcontrol/bootstrap/default.go.
"""

from cluster_engine.machinery.manifest import Manifest, private
from cluster_engine.resources.flowcontrol.mandatory import LEVELS, SCHEMAS

API = "flowcontrol.apiserver.k8s.io/v1"
AUTOUPDATE = {"apf.kubernetes.io/autoupdate-spec": "true"}


def flow_schemas() -> list[Manifest]:
    return [_object("FlowSchema", name, spec) for name, spec in SCHEMAS.items()]


def priority_levels() -> list[Manifest]:
    return [_object("PriorityLevelConfiguration", name, spec) for name, spec in LEVELS.items()]


def _object(kind: str, name: str, spec: Manifest) -> Manifest:
    return {"apiVersion": API, "kind": kind, "metadata": {"name": name, "annotations": dict(AUTOUPDATE)}, "spec": private(spec)}


def dangling_status(schema: Manifest, now: str, *, found: bool) -> Manifest:
    """The condition that says whether the schema's level is there."""
    level = schema["spec"]["priorityLevelConfiguration"]["name"]
    fate = "and it exists" if found else "but there is no such object"
    message = f'This FlowSchema references the PriorityLevelConfiguration object named "{level}" {fate}'
    condition = {
        "type": "Dangling", "status": "False" if found else "True", "lastTransitionTime": now, "reason": "Found" if found else "NotFound",
        "message": message,
    }  # fmt: skip
    return {"apiVersion": API, "kind": "FlowSchema", "metadata": {"name": schema["metadata"]["name"]}, "status": {"conditions": [condition]}}
