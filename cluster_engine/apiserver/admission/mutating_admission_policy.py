"""MutatingAdmissionPolicy: changes objects as expressions of stored policies say, by merging or by JSON patch.

Models k8s.io/apiserver/pkg/admission/plugin/policy/mutating/{dispatcher,patch}.go.
"""

from dataclasses import dataclass
from typing import Any

from cluster_engine.apiserver.attributes import AdmissionRequest, Authorizer
from cluster_engine.apiserver.lookup import Lookup
from cluster_engine.apiserver.mutated import completed
from cluster_engine.apiserver.plugin import CREATE, UPDATE, Plugin, denied
from cluster_engine.apiserver.policy_cel import Asker, asking, conditions_hold
from cluster_engine.apiserver.policy_hooks import Meeting, Policies
from cluster_engine.apiserver.reinvocation import Reinvocations
from cluster_engine.apiserver.schemas import builtin_schema
from cluster_engine.machinery.apply import typed
from cluster_engine.machinery.cel.environment import EvaluationError, Program
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.machinery.patch import json_patch
from cluster_engine.machinery.schema.tree import ANYTHING
from cluster_engine.machinery.status import ApiError
from cluster_engine.resources.admissionregistration.expressions import compiled_mutation, names, variable_types

IDENTITY = ("apiVersion", "kind")
META_IDENTITY = ("name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields")


class Unusable(Exception):
    """A mutation whose result cannot be applied."""


@dataclass(frozen=True)
class Mutation:
    """One mutation; `merges`: the result is merged in, else it is a list of JSON patch operations."""

    program: Program
    merges: bool


def compile_parts(policy: Manifest) -> tuple[Mutation, ...]:
    """Raises CompileError or WrongType."""
    spec = policy["spec"]
    known = names(spec.get("paramKind") is not None, variables=variable_types(spec))
    found: list[Mutation] = []
    for mutation in spec.get("mutations") or ():
        merges = mutation["patchType"] == "ApplyConfiguration"
        field, wanted = ("applyConfiguration", "Object") if merges else ("jsonPatch", "list(JSONPatch)")
        found.append(Mutation(compiled_mutation(mutation[field]["expression"], known, wanted), merges))
    return tuple(found)


class MutatingAdmissionPolicy(Plugin):
    """Changes what is created and updated."""

    name = "MutatingAdmissionPolicy"

    def __init__(self, objects: Lookup, authorizer: Authorizer) -> None:
        self._policies, self._authorizer = Policies(objects, "mutatingadmissionpolicies", compile_parts), authorizer

    def handles(self, request: AdmissionRequest) -> bool:
        return request.operation in (CREATE, UPDATE) and self._policies.any(request)

    def admit(self, request: AdmissionRequest) -> Manifest | None:
        memory = Reinvocations.of(request, self.name)
        start = request.object
        with asking(Asker(self._authorizer, request.user)):
            meetings = list(self._policies.meetings(request))
            for meeting in meetings:
                self._meet(meeting, request, memory)
        memory.left, changed = request.object, request.object is not start
        return request.object if changed else None

    def _meet(self, meeting: Meeting, request: AdmissionRequest, memory: Reinvocations) -> None:
        policy, binding = meeting.compiled, meeting.binding
        who = f"{policy.name}/{binding['metadata']['name'] if binding is not None else ''}"
        if memory.skips(request, who):
            return
        try:
            changed = _mutated(meeting, request)
        except (EvaluationError, Unusable) as error:
            if policy.fails_closed:
                raise _refusal(meeting, request, str(error)) from error
            return
        differs = changed is not None and changed != request.object
        if changed is not None and differs:
            request.object = completed(request, changed)
        memory.invoked(request, who, policy.policy["spec"].get("reinvocationPolicy") == "IfNeeded", differs)


def _mutated(meeting: Meeting, request: AdmissionRequest) -> Manifest | None:
    """The object after all mutations of one policy; None when its conditions do not hold. Raises EvaluationError or Unusable."""
    if meeting.problem:
        raise Unusable(meeting.problem)
    before = request.object
    if before is None:
        return None
    view = meeting.view.with_object(before)
    if not conditions_hold(meeting.compiled.conditions, view):
        return None
    current = before
    for mutation in meeting.compiled.parts:
        result = view.with_object(current).evaluate(mutation.program)
        current = _merged(current, result, request) if mutation.merges else _patched(current, result)
    if any(current.get(key) != before.get(key) for key in IDENTITY):
        raise Unusable("apiVersion and kind must not be changed")
    return current


def _merged(current: Manifest, result: Any, request: AdmissionRequest) -> Manifest:
    if not isinstance(result, dict):
        raise Unusable("the expression gives no object")
    for key in IDENTITY:
        if key in result:
            raise Unusable(f"error applying patch: {key} must not be set")
    for key in META_IDENTITY:
        if key in (result.get("metadata") or {}):
            raise Unusable(f"error applying patch: metadata.{key} must not be set")
    group, _, version = current.get("apiVersion", "").rpartition("/")
    schema = builtin_schema(group, version, current.get("kind", "")) or ANYTHING
    problems = typed.errors(schema, result)
    if problems:
        raise Unusable(f"type mismatch: {problems[0]}")
    merged: Manifest = typed.merge(schema, current, result)
    return merged


def _patched(current: Manifest, result: Any) -> Manifest:
    try:
        patched = json_patch.apply(current, list(result))
    except (ApiError, TypeError) as error:
        raise Unusable(f"JSON Patch: {error}") from error
    if not isinstance(patched, dict):
        raise Unusable("JSON Patch: the result is no object")
    return patched


def _refusal(meeting: Meeting, request: AdmissionRequest, why: str) -> ApiError:
    by = f" with binding '{meeting.binding['metadata']['name']}'" if meeting.binding is not None else ""
    message = f"policy '{meeting.compiled.name}'{by} denied request: {why}"
    error = denied(request, why)
    return ApiError(403, "Forbidden", message, {**(error.details or {}), "causes": [{"message": message}]})
