"""How fast an autoscaler may go. Models validateBehavior and SetDefaults of pkg/apis/autoscaling/v2."""

from cluster_engine.machinery import quantity
from cluster_engine.machinery.field import Errors, invalid, not_supported, required
from cluster_engine.resources.kind import Manifest

LONGEST_WINDOW, LONGEST_PERIOD = 3600, 1800
UP = {"stabilizationWindowSeconds": 0, "policies": [{"type": "Pods", "value": 4, "periodSeconds": 15}, {"type": "Percent", "value": 100, "periodSeconds": 15}]}
DOWN = {"policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}]}


def default_behavior(spec: Manifest) -> None:
    """Fill in what a behavior leaves open; without one the controller uses the same rules unsaid."""
    behavior = spec.get("behavior")
    if not behavior:
        return
    for name, rules in (("scaleUp", UP), ("scaleDown", DOWN)):
        given = behavior.get(name)
        made = dict(given or {})
        made.setdefault("selectPolicy", "Max")
        if made.get("policies") is None:
            made["policies"] = [dict(p) for p in rules["policies"]]  # type: ignore[attr-defined]
        if "stabilizationWindowSeconds" in rules and made.get("stabilizationWindowSeconds") is None:
            made["stabilizationWindowSeconds"] = rules["stabilizationWindowSeconds"]
        behavior[name] = made


def validate_behavior(behavior: Manifest, path: str, found: Errors) -> None:
    for name in ("scaleUp", "scaleDown"):
        if behavior.get(name) is not None:
            _validate_rules(behavior[name], f"{path}.{name}", found)


def _validate_rules(rules: Manifest, path: str, found: Errors) -> None:
    window = rules.get("stabilizationWindowSeconds")
    if window is not None and window < 0:
        found.append(invalid(f"{path}.stabilizationWindowSeconds", window, "must be greater than or equal to zero"))
    if window is not None and window > LONGEST_WINDOW:
        found.append(invalid(f"{path}.stabilizationWindowSeconds", window, f"must be less than or equal to {LONGEST_WINDOW}"))
    select = rules.get("selectPolicy")
    if select is not None and select not in ("Max", "Min", "Disabled"):
        found.append(not_supported(f"{path}.selectPolicy", select, ("Disabled", "Max", "Min")))
    if not rules.get("policies"):
        found.append(required(f"{path}.policies", "must specify at least one Policy"))
    for index, policy in enumerate(rules.get("policies") or ()):
        _validate_policy(policy, f"{path}.policies[{index}]", found)
    if rules.get("tolerance") is not None and quantity.parse(str(rules["tolerance"])).milli < 0:
        found.append(invalid(f"{path}.tolerance", str(rules["tolerance"]), "must be greater than or equal to 0"))


def _validate_policy(policy: Manifest, path: str, found: Errors) -> None:
    if policy.get("type") not in ("Pods", "Percent"):
        found.append(not_supported(f"{path}.type", policy.get("type", ""), ("Percent", "Pods")))
    if policy.get("value", 0) <= 0:
        found.append(invalid(f"{path}.value", policy.get("value", 0), "must be greater than zero"))
    period = policy.get("periodSeconds", 0)
    if period <= 0:
        found.append(invalid(f"{path}.periodSeconds", period, "must be greater than zero"))
    if period > LONGEST_PERIOD:
        found.append(invalid(f"{path}.periodSeconds", period, f"must be less than or equal to {LONGEST_PERIOD}"))
