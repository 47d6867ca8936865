"""What the workloads of this group share: a selector that must find the template's pods, and counts that must make sense.

Models pkg/apis/apps/validation/validation.go.
"""

from cluster_engine.machinery import names, selectors
from cluster_engine.machinery.field import Errors, invalid, required
from cluster_engine.resources.checks import IMMUTABLE, non_negative
from cluster_engine.resources.core.pod_template import validate_owned_template
from cluster_engine.resources.kind import Manifest

TOO_MANY = "cannot be greater than status.replicas"


def validate_selector_and_template(spec: Manifest, kind: str, noun: str, found: Errors, wrong: str = "invalid label selector") -> None:
    """`kind` and `noun`: how the messages call the kind. `wrong`: what they call a selector that means nothing."""
    selector, compiled = spec.get("selector"), None
    if selector is None:
        found.append(required("spec.selector"))
        compiled = selectors.NOTHING
    else:
        found += selectors.validate(selector, "spec.selector")
        if not selector.get("matchLabels") and not selector.get("matchExpressions"):
            found.append(invalid("spec.selector", selector, f"empty selector is invalid for {noun}"))
        try:
            compiled = selectors.from_object(selector)
        except selectors.SelectorError:
            found.append(invalid("spec.selector", selector, wrong))
    if compiled is None:
        return
    validate_owned_template(spec, kind, found, compiled)


def validate_same_selector(new: Manifest, old: Manifest, found: Errors) -> None:
    after, before = (new.get("spec") or {}).get("selector"), (old.get("spec") or {}).get("selector")
    if after != before:
        found.append(invalid("spec.selector", after, IMMUTABLE))


def validate_counts(status: Manifest, fields: tuple[str, ...], found: Errors) -> None:
    for name in fields:
        if status.get(name, 0) < 0:
            non_negative(f"status.{name}", status[name], found)


def validate_replica_status(status: Manifest, below: tuple[str, ...], found: Errors) -> None:
    """No part of the pods can be more than all of them."""
    validate_counts(status, ("replicas", *below, "terminatingReplicas", "observedGeneration"), found)
    replicas = status.get("replicas", 0)
    for name in below:
        if status.get(name, 0) > replicas:
            found.append(invalid(f"status.{name}", status.get(name, 0), TOO_MANY))
    if status.get("availableReplicas", 0) > status.get("readyReplicas", 0):
        found.append(invalid("status.availableReplicas", status.get("availableReplicas", 0), "cannot be greater than readyReplicas"))


def validate_collisions(status: Manifest, old: Manifest, found: Errors) -> None:
    """The count of hash collisions only rises."""
    before, after = old.get("collisionCount"), status.get("collisionCount")
    if before is not None and (after is None or after < before):
        found.append(invalid("status.collisionCount", after or 0, "cannot be decremented"))


def validate_portion(value: object, path: str, found: Errors) -> int | None:
    """A number of pods or a percentage; gives the number."""
    if isinstance(value, str):
        found += [invalid(path, value, m) for m in names.is_percent(value)]
        return None
    number = value if isinstance(value, int) else 0
    non_negative(path, number, found)
    return number


def percent(value: object) -> int | None:
    return int(value[:-1]) if isinstance(value, str) and value.endswith("%") and value[:-1].isdigit() else None


def validate_not_over_100(value: object, path: str, found: Errors) -> None:
    number = percent(value)
    if number is not None and number > 100:
        found.append(invalid(path, value, "must not be greater than 100%"))


def is_zero(value: object) -> bool:
    return value == 0 or percent(value) == 0
