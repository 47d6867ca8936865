"""ValidatingAdmissionPolicy: refuses, warns or notes where an expression of a stored policy does not hold.

Models k8s.io/apiserver/pkg/admission/plugin/policy/validating/{dispatcher,validator}.go.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from cluster_engine.apiserver.attributes import AdmissionRequest, Authorizer
from cluster_engine.apiserver.lookup import Lookup
from cluster_engine.apiserver.plugin import Plugin, denied
from cluster_engine.apiserver.policy_cel import Asker, View, asking, conditions_hold
from cluster_engine.apiserver.policy_hooks import Compiled, Meeting, Policies
from cluster_engine.machinery.cel.environment import EvaluationError, Program
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.machinery.status import ApiError
from cluster_engine.resources.admissionregistration.expressions import compiled, names, variable_types

CODES = {"Forbidden": 403, "Unauthorized": 401, "RequestEntityTooLarge": 413, "Invalid": 422}
FAILURES = "validation.policy.admission.k8s.io/validation_failure"
LONGEST_MESSAGE = 5 * 1024
LONGEST_NOTE = 10 * 1024


@dataclass(frozen=True)
class Check:
    """One validation with its programs."""

    expression: Program
    message: str
    computed: Program | None
    reason: str


@dataclass(frozen=True)
class Note:
    key: str
    value: Program


@dataclass(frozen=True)
class Failure:
    """A validation that did not hold. `actions`: what the binding wants done about it."""

    policy: str
    binding: str
    message: str
    actions: tuple[str, ...]
    reason: str = "Invalid"
    index: int = 0

    def words(self) -> str:
        by = f" with binding '{self.binding}'" if self.binding else ""
        return f"ValidatingAdmissionPolicy '{self.policy}'{by} denied request: {self.message}"


def compile_parts(policy: Manifest) -> tuple[tuple[Check, ...], tuple[Note, ...]]:
    """Raises CompileError or WrongType."""
    spec = policy["spec"]
    known = names(spec.get("paramKind") is not None, variables=variable_types(spec))
    plain = {k: v for k, v in known.items() if not k.startswith("authorizer")}
    checks = tuple(
        Check(
            compiled(v["expression"], known, "bool"), v.get("message", "").strip(),
            compiled(v["messageExpression"], plain, "string") if v.get("messageExpression") else None, v.get("reason") or "Invalid",
        )
        for v in spec.get("validations") or ()
    )  # fmt: skip
    notes = tuple(Note(n["key"], compiled(n["valueExpression"], known, "string", "null_type")) for n in spec.get("auditAnnotations") or ())
    return checks, notes


class ValidatingAdmissionPolicy(Plugin):
    """Judges every write that a bound policy is about."""

    name = "ValidatingAdmissionPolicy"

    def __init__(self, objects: Lookup, authorizer: Authorizer) -> None:
        self._policies, self._authorizer = Policies(objects, "validatingadmissionpolicies", compile_parts), authorizer

    def handles(self, request: AdmissionRequest) -> bool:
        return self._policies.any(request)

    def validate(self, request: AdmissionRequest) -> None:
        notes: dict[str, list[str]] = {}
        with asking(Asker(self._authorizer, request.user)):
            failures = [failure for meeting in self._policies.meetings(request) for failure in _judge(meeting, notes)]
        for failure in failures:
            if "Warn" in failure.actions:
                request.warnings.append(
                    f"Validation failed for ValidatingAdmissionPolicy '{failure.policy}' with binding '{failure.binding}': {failure.message}"
                )
        _annotate(request, failures, notes)
        refused = next((f for f in failures if "Deny" in f.actions), None)
        if refused is not None:
            raise _refusal(request, refused)


def _refusal(request: AdmissionRequest, failure: Failure) -> ApiError:
    error = denied(request, failure.words())
    details = {**(error.details or {}), "causes": [{"message": failure.words()}]}
    return ApiError(CODES.get(failure.reason, 422), failure.reason, error.message, details)


def _annotate(request: AdmissionRequest, failures: list[Failure], notes: dict[str, list[str]]) -> None:
    audited = [
        {
            "message": f.message, "policy": f.policy, "binding": f.binding, "expressionIndex": f.index,
            "validationActions": list(f.actions),
        }
        for f in failures
        if "Audit" in f.actions
    ]  # fmt: skip
    if audited:
        request.annotations[FAILURES] = json.dumps(audited, separators=(",", ":"))
    for key, values in notes.items():
        request.annotations[key] = ", ".join(dict.fromkeys(values))


def _judge(meeting: Meeting, notes: dict[str, list[str]]) -> Iterator[Failure]:
    """What does not hold of one policy with one binding and parameter."""
    policy, binding = meeting.compiled, meeting.binding
    actions = tuple(binding["spec"].get("validationActions") or ()) if binding is not None else ("Deny",)
    name = binding["metadata"]["name"] if binding is not None else ""
    if meeting.problem:
        if policy.fails_closed:
            yield Failure(policy.name, name, meeting.problem, ("Deny",))
        return
    try:
        if not conditions_hold(policy.conditions, meeting.view):
            return
    except EvaluationError as error:
        if policy.fails_closed:
            yield Failure(policy.name, name, str(error), actions)
        return
    for index, check in enumerate(policy.parts[0]):
        message = _checked(check, policy, meeting.view)
        if message is not None:
            yield Failure(policy.name, name, message, actions, check.reason, index)
    yield from _noted(policy, name, actions, meeting.view, notes)


def _checked(check: Check, policy: Compiled, view: View) -> str | None:
    """Why it does not hold; None when it holds, or fails and may."""
    try:
        if view.evaluate(check.expression) is True:
            return None
    except EvaluationError as error:
        return f"expression '{check.expression.source}' resulted in error: {error}" if policy.fails_closed else None
    return _computed(check, view) or check.message or f"failed expression: {check.expression.source.strip()}"


def _computed(check: Check, view: View) -> str:
    """What messageExpression gives, if that can be shown."""
    if check.computed is None:
        return ""
    try:
        text = str(view.evaluate(check.computed)).strip()
    except EvaluationError:
        return ""
    return "" if "\n" in text or len(text) > LONGEST_MESSAGE else text


def _noted(policy: Compiled, binding: str, actions: tuple[str, ...], view: View, notes: dict[str, list[str]]) -> Iterator[Failure]:
    for note in policy.parts[1]:
        try:
            value = view.evaluate(note.value)
        except EvaluationError as error:
            if policy.fails_closed:
                yield Failure(policy.name, binding, f"valueExpression '{note.value.source}' resulted in error: {error}", actions)
            continue
        if value is not None and str(value).strip():
            notes.setdefault(f"{policy.name}/{note.key}", []).append(str(value).strip()[:LONGEST_NOTE])
