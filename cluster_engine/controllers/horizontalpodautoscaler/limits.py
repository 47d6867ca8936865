"""How fast and how far an autoscaler may go: bounds, stabilization windows, and the policies of its behaviour.

Models the normalize functions of pkg/controller/podautoscaler/horizontal.go.
"""

import math
from dataclasses import dataclass, field
from typing import Any

Manifest = dict[str, Any]
DOWN_WINDOW, FASTEST_FACTOR, LEAST_FAST = 300, 2, 4
DOUBLE, FOUR_MORE = {"type": "Percent", "value": 100, "periodSeconds": 15}, {"type": "Pods", "value": 4, "periodSeconds": 15}
DEFAULT_UP = {"stabilizationWindowSeconds": 0, "policies": [DOUBLE, FOUR_MORE]}
DEFAULT_DOWN = {"stabilizationWindowSeconds": DOWN_WINDOW, "policies": [DOUBLE]}


@dataclass(slots=True)
class Past:
    """What the autoscaler remembers: what was recommended, and what was done (time, change)."""

    recommended: list[tuple[float, int]] = field(default_factory=list)
    changes: list[tuple[float, int]] = field(default_factory=list)

    def changed(self, since: float, sign: int) -> int:
        return sum(abs(change) for moment, change in self.changes if moment > since and change * sign > 0)


@dataclass(frozen=True, slots=True)
class Limited:
    """The size after all limits, with the reason and words of the AbleToScale and ScalingLimited conditions."""

    replicas: int
    able: tuple[str, str]
    limited: tuple[str, str, str]


READY = ("ReadyForNewScale", "recommended size matches current size")
STEADY_DOWN = ("ScaleDownStabilized", "recent recommendations were higher than current one, applying the highest recent recommendation")
STEADY_UP = ("ScaleUpStabilized", "recent recommendations were lower than current one, applying the lowest recent recommendation")
WITHIN = ("False", "DesiredWithinRange", "the desired count is within the acceptable range")


def limit(hpa: Manifest, current: int, wanted: int, past: Past, now: float) -> Limited:
    """Apply stabilization, then rate, then bounds to what the metrics want."""
    spec = hpa["spec"]
    behavior = spec.get("behavior") or {}
    up, down = DEFAULT_UP | (behavior.get("scaleUp") or {}), DEFAULT_DOWN | (behavior.get("scaleDown") or {})
    steady, able = _stabilized(current, wanted, past, up["stabilizationWindowSeconds"], down["stabilizationWindowSeconds"], now)
    least, most = int(spec.get("minReplicas", 1)), int(spec["maxReplicas"])
    if steady > current:
        fastest = _fastest_up(current, up, past, now) if behavior else max(current * FASTEST_FACTOR, LEAST_FAST)
        if steady > min(fastest, most):
            if fastest < most:
                return Limited(fastest, able, ("True", "ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate"))
            return Limited(most, able, ("True", "TooManyReplicas", "the desired replica count is more than the maximum replica count"))
    elif steady < current:
        slowest = _fastest_down(current, down, past, now) if behavior else 0
        if steady < max(slowest, least):
            if slowest > least:
                return Limited(slowest, able, ("True", "ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate"))
            return Limited(least, able, ("True", "TooFewReplicas", "the desired replica count is less than the minimum replica count"))
    if steady < least:
        return Limited(least, able, ("True", "TooFewReplicas", "the desired replica count is less than the minimum replica count"))
    if steady > most:
        return Limited(most, able, ("True", "TooManyReplicas", "the desired replica count is more than the maximum replica count"))
    return Limited(steady, able, WITHIN)


def _stabilized(current: int, wanted: int, past: Past, up_seconds: int, down_seconds: int, now: float) -> tuple[int, tuple[str, str]]:
    """Follow a rise only if it was wanted all through the window, a fall likewise."""
    longest = max(up_seconds, down_seconds)
    past.recommended = [(t, n) for t, n in past.recommended if t > now - longest] + [(now, wanted)]
    ceiling = min((n for t, n in past.recommended if t > now - up_seconds), default=wanted) if up_seconds else wanted
    floor = max((n for t, n in past.recommended if t > now - down_seconds), default=wanted) if down_seconds else wanted
    steady = max(current, min(wanted, ceiling)) if wanted > current else min(current, max(wanted, floor))
    if steady == wanted:
        return steady, READY
    return steady, STEADY_UP if wanted > current else STEADY_DOWN


def _chosen(rules: Manifest, results: list[int], upward: bool) -> int:
    policy = rules.get("selectPolicy", "Max")
    return (max if (policy == "Max") == upward else min)(results)


def _fastest_up(current: int, rules: Manifest, past: Past, now: float) -> int:
    if rules.get("selectPolicy") == "Disabled":
        return current
    results = []
    for policy in rules["policies"]:
        since = now - policy["periodSeconds"]
        began = current - past.changed(since, 1) + past.changed(since, -1)
        results.append(began + policy["value"] if policy["type"] == "Pods" else math.ceil(began * (1 + policy["value"] / 100)))
    return _chosen(rules, results, upward=True)


def _fastest_down(current: int, rules: Manifest, past: Past, now: float) -> int:
    if rules.get("selectPolicy") == "Disabled":
        return current
    results = []
    for policy in rules["policies"]:
        since = now - policy["periodSeconds"]
        began = current - past.changed(since, 1) + past.changed(since, -1)
        results.append(began - policy["value"] if policy["type"] == "Pods" else math.floor(began * (1 - policy["value"] / 100)))
    return _chosen(rules, results, upward=False)
