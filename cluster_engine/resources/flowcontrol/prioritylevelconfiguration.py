"""PriorityLevelConfiguration: how many requests of a level are served at once, and how the others wait.

Models pkg/registry/flowcontrol/prioritylevelconfiguration/strategy.go and pkg/apis/flowcontrol/validation/validation.go.
"""

import math
from typing import Any

from cluster_engine.machinery.field import Errors, forbidden, invalid, not_supported, required
from cluster_engine.resources.flowcontrol.mandatory import MANDATORY_LEVELS
from cluster_engine.resources.kind import Column, Kind, Manifest, Request, status_subresource
from cluster_engine.resources.table import AGE, NAME, NONE, age

QUEUING = "io.k8s.api.flowcontrol.v1.QueuingConfiguration."
MOST_ENTROPY = 60
MOST_QUEUES = 10_000_000


def default(level: Manifest) -> None:
    spec = level.setdefault("spec", {})
    if (exempt := spec.get("exempt")) is not None:
        exempt.setdefault("nominalConcurrencyShares", 0)
        exempt.setdefault("lendablePercent", 0)
    if (limited := spec.get("limited")) is not None:
        if limited.get("nominalConcurrencyShares") is None:
            limited["nominalConcurrencyShares"] = 30
        limited.setdefault("lendablePercent", 0)
        queuing = limited.setdefault("limitResponse", {"type": ""}).get("queuing")
        if queuing is not None:
            for field, usual in (("handSize", 8), ("queues", 64), ("queueLengthLimit", 50)):
                if not queuing.get(field):
                    queuing[field] = usual
    level.setdefault("status", {})


def prepare_create(level: Manifest, request: Request) -> None:
    level["status"] = {}


def validate(level: Manifest) -> Errors:
    spec, name = level["spec"], level["metadata"].get("name", "")
    found = _validate_spec(spec, name)
    fixed = MANDATORY_LEVELS.get(name)
    if fixed is not None and _comparable(spec, name) != _comparable(fixed, name):
        but = " except the 'spec.exempt' field" if name == "exempt" else ""
        found.append(invalid("spec", _as_go(spec), f"spec of '{name}'{but} must equal the fixed value"))
    return found


def _comparable(spec: Manifest, name: str) -> Manifest:
    return {k: v for k, v in spec.items() if name != "exempt" or k != "exempt"}


def _validate_spec(spec: Manifest, name: str) -> Errors:
    kind = spec.get("type", "")
    if kind not in ("Exempt", "Limited"):
        return [not_supported("spec.type", kind, ("Exempt", "Limited"))]
    found: Errors = []
    if (kind == "Exempt") != (name == "exempt"):
        found.append(invalid("spec.type", kind, "must be 'Exempt' if and only if `name` is 'exempt'"))
    if kind == "Exempt":
        found += _validate_shares(spec.get("exempt") or {}, "spec.exempt")
        if spec.get("limited") is not None:
            found.append(forbidden("spec.limited", "must be nil if the type is not Limited"))
        return found
    if spec.get("exempt") is not None:
        found.append(forbidden("spec.exempt", "must be nil if the type is Limited"))
    limited = spec.get("limited")
    if limited is None:
        return [*found, required("spec.limited", "must not be empty when type is Limited")]
    return found + _validate_shares(limited, "spec.limited") + _validate_limited(limited)


def _validate_shares(part: Manifest, path: str) -> Errors:
    shares, lendable, borrowing = part.get("nominalConcurrencyShares", 0), part.get("lendablePercent", 0), part.get("borrowingLimitPercent")
    found: Errors = []
    if shares < 0:
        found.append(invalid(f"{path}.nominalConcurrencyShares", shares, "must be a non-negative integer"))
    if not 0 <= lendable <= 100:
        found.append(invalid(f"{path}.lendablePercent", lendable, "must be between 0 and 100, inclusive"))
    if borrowing is not None and borrowing < 0:
        found.append(invalid(f"{path}.borrowingLimitPercent", borrowing, "if specified, must be a non-negative integer"))
    return found


def _validate_limited(limited: Manifest) -> Errors:
    response, path = limited.get("limitResponse") or {}, "spec.limited.limitResponse"
    kind, queuing = response.get("type", ""), response.get("queuing")
    if kind == "Reject":
        return [forbidden(f"{path}.queuing", "must be nil if limited.limitResponse.type is not Limited")] if queuing is not None else []
    if kind != "Queue":
        return [not_supported(f"{path}.type", kind, ("Queue", "Reject"))]
    if queuing is None:
        return [required(f"{path}.queuing", "must not be empty if limited.limitResponse.type is Limited")]
    return _validate_queuing(queuing, f"{path}.queuing")


def _validate_queuing(queuing: Manifest, path: str) -> Errors:
    length, queues, hand = (queuing.get(f, 0) for f in ("queueLengthLimit", "queues", "handSize"))
    found: Errors = []
    if length <= 0:
        found.append(invalid(f"{path}.queueLengthLimit", length, "must be positive"))
    if queues <= 0:
        found.append(invalid(f"{path}.queues", queues, "must be positive"))
    if queues > MOST_QUEUES:
        found.append(invalid(f"{path}.queues", queues, f"must not be greater than {MOST_QUEUES}"))
    if hand <= 0:
        found.append(invalid(f"{path}.handSize", hand, "must be positive"))
    elif hand > queues:
        found.append(invalid(f"{path}.handSize", hand, f"should not be greater than queues ({queues})"))
    elif entropy_bits(queues, hand) > MOST_ENTROPY:
        text = f"required entropy bits of deckSize {queues} and handSize {hand} should not be greater than {MOST_ENTROPY}"
        found.append(invalid(f"{path}.handSize", hand, text))
    return found


def entropy_bits(deck: int, hand: int) -> int:
    """How many bits of a hash it takes to deal `hand` cards out of `deck`."""
    return math.ceil(sum(math.log2(deck - i) for i in range(hand)))


def _as_go(spec: Manifest) -> Manifest:
    """The spec as upstream prints its internal form."""
    limited, exempt = spec.get("limited"), spec.get("exempt")
    shown: Manifest = {"Type": spec.get("type", ""), "Limited": None, "Exempt": None}
    if limited is not None:
        response = limited.get("limitResponse") or {}
        queuing = response.get("queuing")
        cards = {"Queues": "queues", "HandSize": "handSize", "QueueLengthLimit": "queueLengthLimit"}
        queued = {label: queuing.get(field, 0) for label, field in cards.items()} if queuing is not None else None
        shown["Limited"] = {
            "NominalConcurrencyShares": limited.get("nominalConcurrencyShares", 0),
            "LimitResponse": {"Type": response.get("type", ""), "Queuing": queued},
            "LendablePercent": limited.get("lendablePercent", 0),
            "BorrowingLimitPercent": limited.get("borrowingLimitPercent"),
        }
    if exempt is not None:
        shown["Exempt"] = {"NominalConcurrencyShares": exempt.get("nominalConcurrencyShares", 0), "LendablePercent": exempt.get("lendablePercent", 0)}
    return shown


def row(level: Manifest, now: float) -> list[Any]:
    spec = level["spec"]
    part = spec.get("limited") or spec.get("exempt") or {}
    queuing = (part.get("limitResponse") or {}).get("queuing") or {}
    cards = [queuing.get(f, NONE) for f in ("queues", "handSize", "queueLengthLimit")]
    return [level["metadata"].get("name", ""), spec.get("type", ""), part.get("nominalConcurrencyShares", NONE), *cards, age(level, now)]


KIND = Kind(
    group="flowcontrol.apiserver.k8s.io",
    kind="PriorityLevelConfiguration",
    plural="prioritylevelconfigurations",
    namespaced=False,
    has_generation=True,
    default=default,
    prepare_create=prepare_create,
    validate=validate,
    columns=(
        NAME,
        Column("Type", described_by="io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationSpec.type"),
        Column("NominalConcurrencyShares", described_by="io.k8s.api.flowcontrol.v1.LimitedPriorityLevelConfiguration.nominalConcurrencyShares"),
        Column("Queues", described_by=QUEUING + "queues"),
        Column("HandSize", described_by=QUEUING + "handSize"),
        Column("QueueLengthLimit", described_by=QUEUING + "queueLengthLimit"),
        AGE,
    ),
    row=row,
    subresources={"status": status_subresource()},
)
