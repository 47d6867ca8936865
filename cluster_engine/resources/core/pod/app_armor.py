"""AppArmor profiles: a field since v1.30, an annotation before; a new pod's annotation becomes the field, and both must agree.

Models pkg/registry/core/pod/strategy.go (applyAppArmorVersionSkew) and validateAppArmorAnnotationsAndFieldsMatchOnCreate.
"""

from cluster_engine.machinery.field import Errors, forbidden
from cluster_engine.resources.core.pod.annotations import APP_ARMOR
from cluster_engine.resources.core.pod.containers import LISTS
from cluster_engine.resources.kind import Manifest

LOCAL = "localhost/"


def profile_of(annotation: str) -> Manifest | None:
    """The field that an annotation means; None when it means nothing."""
    if annotation == "unconfined":
        return {"type": "Unconfined"}
    if annotation == "runtime/default":
        return {"type": "RuntimeDefault"}
    name = annotation.removeprefix(LOCAL)
    return {"type": "Localhost", "localhostProfile": name} if name != annotation and name.strip() == name != "" else None


def fill_profiles(pod: Manifest) -> None:
    """Write the fields that only annotations tell."""
    annotations, spec = pod["metadata"].get("annotations") or {}, pod["spec"]
    if not any(key.startswith(APP_ARMOR) for key in annotations):
        return
    everywhere = (spec.get("securityContext") or {}).get("appArmorProfile")
    for name in LISTS:
        for container in spec.get(name) or ():
            context = container.get("securityContext") or {}
            profile = profile_of(annotations.get(APP_ARMOR + container.get("name", ""), ""))
            if profile is not None and context.get("appArmorProfile") is None and profile != everywhere:
                container["securityContext"] = {**context, "appArmorProfile": profile}


def validate_profiles_match(pod: Manifest, found: Errors) -> None:
    annotations, spec = pod["metadata"].get("annotations") or {}, pod.get("spec") or {}
    if not any(key.startswith(APP_ARMOR) for key in annotations):
        return
    everywhere = (spec.get("securityContext") or {}).get("appArmorProfile")
    for name in LISTS:
        for i, container in enumerate(spec.get(name) or ()):
            field = (container.get("securityContext") or {}).get("appArmorProfile") or everywhere
            told = profile_of(annotations.get(APP_ARMOR + container.get("name", ""), ""))
            if field is not None and told is not None:
                _compare(told, field, f"spec.{name}[{i}].securityContext.appArmorProfile", found)


def _compare(told: Manifest, field: Manifest, path: str, found: Errors) -> None:
    if told["type"] != field.get("type"):
        found.append(forbidden(f"{path}.type", "apparmor type in annotation and field must match"))
    elif told.get("localhostProfile") != field.get("localhostProfile"):
        found.append(forbidden(f"{path}.localhostProfile", "apparmor profile in annotation and field must match"))
