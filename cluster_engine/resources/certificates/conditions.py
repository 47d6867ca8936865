"""Conditions of a CertificateSigningRequest: approved, denied, failed, and what may become of them.

Models pkg/apis/certificates/validation/validation.go and pkg/registry/certificates/certificates/strategy.go.
"""

from typing import Any

from cluster_engine.kernel.clock import timestamp
from cluster_engine.machinery.field import Errors, duplicate, forbidden, invalid, not_supported, required
from cluster_engine.resources.kind import Manifest, Request

PATH = "status.conditions"
EXCLUSIVE = ("Approved", "Denied")
FINAL = ("Approved", "Denied", "Failed")
STATUSES = ("False", "True", "Unknown")


def conditions_of(csr: Manifest) -> list[Manifest]:
    return list((csr.get("status") or {}).get("conditions") or ())


def stamp(csr: Manifest, old: Manifest, request: Request) -> None:
    """Fill the times of conditions that came without."""
    now, before = timestamp(request.now), conditions_of(old)
    stamped = [_stamped(c, before, now) for c in conditions_of(csr)]
    if stamped:
        csr["status"] = {**csr["status"], "conditions": stamped}


def _stamped(condition: Manifest, before: list[Manifest], now: str) -> Manifest:
    same = (o for o in before if o.get("type") == condition.get("type") and o.get("status") == condition.get("status"))
    since = next((o["lastTransitionTime"] for o in same if o.get("lastTransitionTime")), now)
    return {
        **condition,
        "lastUpdateTime": condition.get("lastUpdateTime") or now,
        "lastTransitionTime": condition.get("lastTransitionTime") or since,
    }


def validate_conditions(csr: Manifest) -> Errors:
    found: Errors = []
    seen: list[str] = []
    for i, condition in enumerate(conditions_of(csr)):
        kind, path = condition.get("type", ""), f"{PATH}[{i}]"
        if not kind:
            found.append(required(f"{path}.type"))
        found += _validate_status(condition, kind, path)
        if kind in EXCLUSIVE and EXCLUSIVE[1 - EXCLUSIVE.index(kind)] in seen:
            found.append(invalid(PATH, kind, "Approved and Denied conditions are mutually exclusive"))
        if kind in seen:
            found.append(duplicate(f"{path}.type", kind))
        seen.append(kind)
    return found


def _validate_status(condition: Manifest, kind: str, path: str) -> Errors:
    status, allowed = condition.get("status", ""), ("True",) if kind in FINAL else STATUSES
    if not status:
        return [required(f"{path}.status")]
    return [] if status in allowed else [not_supported(f"{path}.status", status, allowed)]


def validate_change(csr: Manifest, old: Manifest, may_decide: bool) -> Errors:
    """Decisions never go away; only the approval subresource makes new ones."""
    found: list[Any] = []
    for kind in FINAL:
        before, after = ([c for c in conditions_of(o) if c.get("type") == kind] for o in (old, csr))
        if len(after) < len(before):
            found.append(forbidden(PATH, f'updates may not remove a condition of type "{kind}"'))
        elif not may_decide and kind in EXCLUSIVE and after != before:
            verb = "add" if len(after) > len(before) else "modify"
            found.append(forbidden(PATH, f'updates may not {verb} a condition of type "{kind}"'))
    return found
