"""The scene of a past revision: the same projection, from lists as they were."""

from typing import Any

from explorer.api.inside import ask
from explorer.scenes.scene import RESOURCES, Scene


def path_of(resource: str) -> str:
    """The API's path for all objects of a resource."""
    plural, _, group = resource.partition(".")
    return f"/apis/{group}/v1/{plural}" if group else f"/api/v1/{plural}"


def scene_at(hosted: Any, revision: int) -> dict[str, Any]:
    """The scene at `revision`; {"gone": message} when the API no longer keeps it."""
    scene = Scene()
    for resource in RESOURCES:
        answer = ask(hosted, "GET", path_of(resource), query=f"resourceVersion={revision}&resourceVersionMatch=Exact")
        if not answer.ok:
            return {"gone": answer.message, "revision": revision, "nodes": [], "edges": []}
        for manifest in answer.json().get("items") or []:
            scene.take(resource, manifest, revision=revision)
    scene.refresh()
    scene.revision = revision
    return scene.message()
