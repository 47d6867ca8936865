"""Images under way: which waiting containers of a node they are for, and what share has arrived."""

from collections.abc import Mapping
from typing import Any

Manifest = dict[str, Any]


def pulls_of(pods: Mapping[str, Manifest], pulling: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Pod uid -> container -> share, for the pods of one node. `pulling`: a runtime's report, image and progress of each."""
    shares = {pull["image"]: float(pull["progress"]) for pull in pulling}
    return {uid: found for uid, pod in pods.items() if (found := _shares(pod, shares))} if shares else {}


def _shares(pod: Manifest, shares: dict[str, float]) -> dict[str, float]:
    spec = pod.get("spec", {})
    listed = [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
    return {c["name"]: shares[image] for c in listed if (image := _found(c.get("image", ""), shares))}


def _found(image: str, shares: dict[str, float]) -> str:
    """The runtime's full reference of an image as a manifest names it."""
    return next((full for full in shares if full == image or full.endswith((f"/{image}", f"/{image}:latest"))), "")
