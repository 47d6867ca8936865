"""A Job's spec, as it stands in Jobs and in the template of CronJobs. Models pkg/apis/batch/validation and v1/defaults.go."""

from typing import Any

from cluster_engine.machinery import names, selectors
from cluster_engine.machinery.field import Errors, duplicate, invalid, not_supported, required, too_many
from cluster_engine.resources.checks import each, non_negative, qualified_name
from cluster_engine.resources.core.pod_template import validate_pod_template
from cluster_engine.resources.kind import Manifest

INDEXED, NON_INDEXED = "Indexed", "NonIndexed"
MOST_PARALLEL_INDEXED = 100_000
ACTIONS = ("Count", "FailIndex", "FailJob", "Ignore")
MOST_RULES, MOST_VALUES, MOST_PATTERNS = 20, 255, 20
MOST_SUCCESS_RULES = 20
COUNTS = ("parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished", "backoffLimitPerIndex", "maxFailedIndexes")


def validate_job_spec(spec: Manifest, path: str, found: Errors) -> None:
    """The spec without its selector, whose rules differ between a Job and a template."""
    for name in COUNTS:
        non_negative(f"{path}.{name}", spec.get(name), found)
    _validate_indexed(spec, path, found)
    if manager := spec.get("managedBy"):
        each(f"{path}.managedBy", manager, _domain_prefixed(manager), found)
        if len(manager) > 63:
            found.append(invalid(f"{path}.managedBy", manager, "must be no more than 63 characters"))
    _validate_policies(spec, path, found)
    _validate_template(spec, path, found)


def _domain_prefixed(text: str) -> list[str]:
    domain, slash, rest = text.partition("/")
    if not slash or not domain or not rest:
        return ['must be a domain-prefixed path (such as "acme.io/foo")']
    return names.is_dns1123_subdomain(domain)


def _validate_indexed(spec: Manifest, path: str, found: Errors) -> None:
    mode = spec.get("completionMode")
    if mode == INDEXED:
        if spec.get("completions") is None:
            found.append(required(f"{path}.completions", "when completion mode is Indexed"))
        elif spec.get("parallelism") is not None:
            _validate_width(spec, path, found)
    elif mode not in (None, NON_INDEXED):
        found.append(not_supported(f"{path}.completionMode", mode, (INDEXED, NON_INDEXED)))
    if mode != INDEXED:
        for name in ("backoffLimitPerIndex", "maxFailedIndexes"):
            if spec.get(name) is not None:
                found.append(invalid(f"{path}.{name}", spec[name], "requires indexed completion mode"))
    per_index = spec.get("backoffLimitPerIndex")
    if per_index is None and spec.get("maxFailedIndexes") is not None:
        found.append(required(f"{path}.backoffLimitPerIndex", "when maxFailedIndexes is specified"))
    failed, completions = spec.get("maxFailedIndexes"), spec.get("completions")
    if failed is not None and completions is not None and failed > completions:
        found.append(invalid(f"{path}.maxFailedIndexes", failed, "must be less than or equal to completions"))


def _validate_width(spec: Manifest, path: str, found: Errors) -> None:
    completions, parallelism = spec["completions"], spec["parallelism"]
    if parallelism > MOST_PARALLEL_INDEXED:
        found.append(invalid(f"{path}.parallelism", parallelism, f"must be less than or equal to {MOST_PARALLEL_INDEXED} when completion mode is Indexed"))
    failed = spec.get("maxFailedIndexes")
    if failed is None and spec.get("backoffLimitPerIndex") is not None and completions > 100_000:
        found.append(required(f"{path}.maxFailedIndexes", "must be specified when completions is above 100000"))


def _validate_policies(spec: Manifest, path: str, found: Errors) -> None:
    replacement, failure, success = spec.get("podReplacementPolicy"), spec.get("podFailurePolicy"), spec.get("successPolicy")
    if failure is not None:
        _validate_failure_policy(spec, failure, f"{path}.podFailurePolicy", found)
    if success is not None:
        if spec.get("completionMode") != INDEXED:
            found.append(invalid(f"{path}.successPolicy", success, "requires indexed completion mode"))
        else:
            _validate_success_policy(spec, success, f"{path}.successPolicy", found)
    if replacement is not None:
        allowed = ("Failed",) if failure is not None else ("Failed", "TerminatingOrFailed")
        if replacement not in allowed:
            found.append(not_supported(f"{path}.podReplacementPolicy", replacement, allowed))


def _validate_failure_policy(spec: Manifest, policy: Manifest, path: str, found: Errors) -> None:
    rules = policy.get("rules") or []
    if len(rules) > MOST_RULES:
        found.append(too_many(f"{path}.rules", len(rules), MOST_RULES))
    pod = (spec.get("template") or {}).get("spec") or {}
    containers = {c.get("name") for c in (*(pod.get("containers") or ()), *(pod.get("initContainers") or ()))}
    for index, rule in enumerate(rules):
        _validate_failure_rule(spec, rule, f"{path}.rules[{index}]", containers, found)


def _validate_failure_rule(spec: Manifest, rule: Manifest, path: str, containers: set[Any], found: Errors) -> None:
    action, codes, conditions = rule.get("action"), rule.get("onExitCodes"), rule.get("onPodConditions") or []
    if not action:
        found.append(required(f"{path}.action", "valid values: " + ", ".join(f'"{a}"' for a in ACTIONS)))
    elif action == "FailIndex":
        if spec.get("backoffLimitPerIndex") is None:
            found.append(invalid(f"{path}.action", action, "requires the backoffLimitPerIndex to be set"))
    elif action not in ACTIONS:
        found.append(not_supported(f"{path}.action", action, ACTIONS))
    if codes is not None:
        _validate_exit_codes(codes, f"{path}.onExitCodes", containers, found)
    for index, condition in enumerate(conditions):
        _validate_pod_condition(condition, f"{path}.onPodConditions[{index}]", found)
    if codes is not None and conditions:
        found.append(invalid(path, _shown(rule), "specifying both OnExitCodes and OnPodConditions is not supported"))
    if codes is None and not conditions:
        found.append(invalid(path, _shown(rule), "specifying one of OnExitCodes and OnPodConditions is required"))


def _shown(rule: Manifest) -> Manifest:
    return {"action": rule.get("action", ""), "onExitCodes": rule.get("onExitCodes"), "onPodConditions": rule.get("onPodConditions")}


def _validate_exit_codes(codes: Manifest, path: str, containers: set[Any], found: Errors) -> None:
    operator, values, name = codes.get("operator"), codes.get("values") or [], codes.get("containerName")
    if name is not None and name not in containers:
        found.append(invalid(f"{path}.containerName", name, "must be one of the container or initContainer names in the pod template"))
    if not operator:
        found.append(required(f"{path}.operator", 'valid values: "In", "NotIn"'))
    elif operator not in ("In", "NotIn"):
        found.append(not_supported(f"{path}.operator", operator, ("In", "NotIn")))
    if not values:
        found.append(invalid(f"{path}.values", values, "at least one value is required"))
    elif len(values) > MOST_VALUES:
        found.append(too_many(f"{path}.values", len(values), MOST_VALUES))
    seen: set[int] = set()
    for index, value in enumerate(values):
        if operator == "In" and value == 0:
            found.append(invalid(f"{path}.values[{index}]", value, "must not be 0 for the In operator"))
        if value in seen:
            found.append(duplicate(f"{path}.values[{index}]", value))
        seen.add(value)
    if list(values) != sorted(values):
        found.append(invalid(f"{path}.values", values, "must be ordered"))


def _validate_pod_condition(condition: Manifest, path: str, found: Errors) -> None:
    if condition.get("type"):
        qualified_name(f"{path}.type", condition["type"], found)
    else:
        found.append(required(f"{path}.type"))
    if not condition.get("status"):
        found.append(required(f"{path}.status", 'valid values: "False", "True", "Unknown"'))
    elif condition["status"] not in ("True", "False", "Unknown"):
        found.append(not_supported(f"{path}.status", condition["status"], ("False", "True", "Unknown")))


def _validate_success_policy(spec: Manifest, policy: Manifest, path: str, found: Errors) -> None:
    rules = policy.get("rules") or []
    if not rules:
        found.append(required(f"{path}.rules", "at least one rules must be specified when the successPolicy is specified"))
    if len(rules) > MOST_SUCCESS_RULES:
        found.append(too_many(f"{path}.rules", len(rules), MOST_SUCCESS_RULES))
    for index, rule in enumerate(rules):
        _validate_success_rule(spec, rule, f"{path}.rules[{index}]", found)


def _validate_success_rule(spec: Manifest, rule: Manifest, path: str, found: Errors) -> None:
    count, indexes, completions = rule.get("succeededCount"), rule.get("succeededIndexes"), spec.get("completions") or 0
    if count is None and indexes is None:
        found.append(required(path, "at least one of succeededCount or succeededIndexes must be specified"))
    total = completions
    if indexes is not None:
        counted, why = count_indexes(indexes, completions)
        if why:
            found.append(invalid(f"{path}.succeededIndexes", indexes, f"error parsing succeededIndexes: {why}"))
        else:
            total = counted
    if count is not None:
        non_negative(f"{path}.succeededCount", count, found)
        if count > completions:
            found.append(invalid(f"{path}.succeededCount", count, f"must be less than or equal to {completions} (the number of specified completions)"))
        elif indexes is not None and count > total:
            found.append(
                invalid(
                    f"{path}.succeededCount", count, f"must be less than or equal to {total} (the number of indexes in the specified succeededIndexes field)"
                )
            )


def count_indexes(text: str, completions: int) -> tuple[int, str]:
    """How many indexes `1,3-5` names, and what is wrong with it."""
    total, last = 0, -1
    for part in text.split(",") if text else ():
        first, _, end = part.partition("-")
        try:
            low, high = int(first), int(end) if "-" in part else int(first)
        except ValueError:
            return 0, f'cannot convert string to integer for index: "{first}"'
        if high >= completions:
            return 0, f'too large index: "{high}"'
        if low <= last or high < low:
            return 0, f"non-increasing order, previous: {last}, current: {low}"
        total, last = total + high - low + 1, high
    return total, ""


def _validate_template(spec: Manifest, path: str, found: Errors) -> None:
    template = spec.get("template") or {}
    validate_pod_template(template, f"{path}.template", found)
    policy = (template.get("spec") or {}).get("restartPolicy")
    where = f"{path}.template.spec.restartPolicy"
    if policy in (None, "", "Always"):
        found.append(required(where, 'valid values: "OnFailure", "Never"'))
    elif policy not in ("OnFailure", "Never"):
        found.append(not_supported(where, policy, ("Never", "OnFailure")))
    elif spec.get("podFailurePolicy") is not None and policy != "Never":
        found.append(invalid(where, policy, 'only "Never" is supported when podFailurePolicy is specified'))


def validate_selector(spec: Manifest, path: str, found: Errors) -> None:
    """A Job's selector must find the pods of its own template."""
    selector = spec.get("selector")
    if selector is None:
        found.append(required(f"{path}.selector"))
        return
    found += selectors.validate(selector, f"{path}.selector")
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels") or {}
    try:
        fits = selectors.from_object(selector).matches(labels)
    except selectors.SelectorError:
        return
    if not fits:
        found.append(invalid(f"{path}.template.metadata.labels", dict(sorted(labels.items())), "`selector` does not match template `labels`"))
