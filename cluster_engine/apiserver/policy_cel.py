"""What expressions of policies and webhooks see of a request, and how they are evaluated: conditions, variables, parameters.

Models k8s.io/apiserver/pkg/admission/plugin/cel/{activation,composition,condition}.go and pkg/admission/plugin/webhook/matchconditions.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cluster_engine.apiserver.attributes import AdmissionRequest, Attributes, Authorizer, User
from cluster_engine.apiserver.tokens import groups_of, user_name
from cluster_engine.machinery.cel.authorizer import REQUESTER, asking
from cluster_engine.machinery.cel.environment import EvaluationError, Program
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.resources.admissionregistration import expressions

_variable = re.compile(r"\bvariables\s*\.\s*(\w+)")


def request_object(request: AdmissionRequest, version: str, uid: str = "") -> Manifest:
    """`request` in expressions, which is also the request part of an AdmissionReview."""
    kind = request.kind
    asked = request.version or kind.versions[0]
    matched = _kind_of(request, version)
    return {
        "uid": uid,
        "kind": matched,
        "resource": {"group": kind.group, "version": version, "resource": kind.plural},
        **({"subResource": request.subresource} if request.subresource else {}),
        "requestKind": _kind_of(request, asked),
        "requestResource": {"group": kind.group, "version": asked, "resource": kind.plural},
        **({"requestSubResource": request.subresource} if request.subresource else {}),
        **({"name": request.name} if request.name else {}),
        **({"namespace": request.namespace} if request.namespace else {}),
        "operation": request.operation,
        "userInfo": _user(request.user),
        "dryRun": request.dry_run,
        "options": request.options,
    }


def _kind_of(request: AdmissionRequest, version: str) -> Manifest:
    group, given, kind = request.body_kind
    return {"group": group, "version": given, "kind": kind} if kind else {"group": request.kind.group, "version": version, "kind": request.kind.kind}


def _user(user: User) -> Manifest:
    info: Manifest = {"username": user.name}
    if user.uid:
        info["uid"] = user.uid
    if user.groups:
        info["groups"] = list(user.groups)
    if user.extra:
        info["extra"] = {key: list(values) for key, values in user.extra.items()}
    return info


def as_version(obj: Manifest | None, request: AdmissionRequest, version: str) -> Manifest | None:
    """An object of the request in the version that was matched."""
    kind = request.kind
    if obj is None or request.body_kind[2] or version not in kind.conversions:
        return obj
    converted = kind.conversions[version].from_storage(obj)
    return {**converted, "apiVersion": f"{kind.group}/{version}" if kind.group else version}


@dataclass
class View:
    """What one policy sees of one request. Variables are computed when first used, and once."""

    data: dict[str, Any]
    variables: Mapping[str, Program] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def evaluate(self, program: Program) -> Any:
        """Raises EvaluationError, worded with the variable that failed where one did."""
        for name in dict.fromkeys(_variable.findall(program.source)):
            self._compute(name)
        try:
            return program.evaluate(self.data)
        except EvaluationError as error:
            for name, failure in self.failures.items():
                if f"variables.{name}" in str(error):
                    raise EvaluationError(f'composited variable "{name}" fails to evaluate: {failure}') from error
            raise

    def _compute(self, name: str) -> None:
        if f"variables.{name}" in self.data or name in self.failures or name not in self.variables:
            return
        try:
            self.data[f"variables.{name}"] = self.evaluate(self.variables[name])
        except EvaluationError as error:
            self.failures[name] = str(error)

    def with_params(self, params: Manifest | None) -> "View":
        """The same request with one parameter object; variables may depend on it."""
        return View({**self._without_variables(), "params": params}, self.variables)

    def with_object(self, obj: Manifest | None) -> "View":
        return View({**self._without_variables(), "object": obj}, self.variables)

    def _without_variables(self) -> dict[str, Any]:
        return {key: value for key, value in self.data.items() if not key.startswith("variables.")}


def view_of(request: AdmissionRequest, version: str, namespace: Manifest | None, variables: Mapping[str, Program] | None = None) -> View:
    """Everything but parameters."""
    kind = request.kind
    here = {"group": kind.group, "resource": kind.plural, "subresource": request.subresource, "namespace": request.namespace, "name": request.name}
    data = {
        "object": as_version(request.object, request, version),
        "oldObject": as_version(request.old, request, version),
        "request": request_object(request, version),
        "namespaceObject": namespace,
        "authorizer": REQUESTER,
        "authorizer.requestResource": {**REQUESTER, **{key: value for key, value in here.items() if value}},
    }
    return View(data, variables or {})


class Asker:
    """Answers `authorizer` in expressions: rights of the requester, or of an account that the expression names."""

    def __init__(self, authorizer: Authorizer, user: User) -> None:
        self._authorizer, self._user = authorizer, user

    def __call__(self, what: dict[str, str]) -> tuple[bool, str]:
        user = self._user
        if "serviceAccountName" in what:
            namespace, name = what["serviceAccountNamespace"], what["serviceAccountName"]
            user = User(user_name(namespace, name), (*groups_of(namespace), "system:authenticated"))
        if "path" in what:
            decision = self._authorizer.authorize(user, Attributes(what["verb"], path=what["path"]))
        else:
            decision = self._authorizer.authorize(user, _attributes(what))
        return decision.allowed, decision.reason


def _attributes(what: dict[str, str]) -> Attributes:
    return Attributes(
        what["verb"], what.get("group", ""), "*", what.get("resource", ""), what.get("subresource", ""), what.get("namespace", ""),
        what.get("name", ""), label_selector=what.get("labelSelector", ""), field_selector=what.get("fieldSelector", ""),
    )  # fmt: skip


def compiled_variables(spec: Manifest) -> dict[str, Program]:
    """The programs of a stored policy's variables."""
    params = spec.get("paramKind") is not None
    types: dict[str, str] = {}
    programs: dict[str, Program] = {}
    for variable in spec.get("variables") or ():
        program = expressions.compiled(variable["expression"], expressions.names(params, variables=types))
        programs[variable["name"]], types[variable["name"]] = program, program.type
    return programs


def compiled_conditions(conditions: list[Manifest] | None, params: bool) -> tuple[Program, ...]:
    return tuple(expressions.compiled(c["expression"], expressions.names(params), "bool") for c in conditions or ())


def conditions_hold(conditions: tuple[Program, ...], view: View) -> bool:
    """Whether all hold; one that is false settles it, whatever else fails. Raises EvaluationError."""
    failures: list[str] = []
    for condition in conditions:
        try:
            if view.evaluate(condition) is not True:
                return False
        except EvaluationError as error:
            failures.append(f"expression '{condition.source}' resulted in error: {error}")
    if failures:
        raise EvaluationError(failures[0] if len(failures) == 1 else f"[{', '.join(failures)}]")
    return True


__all__ = ["Asker", "View", "asking", "compiled_conditions", "compiled_variables", "conditions_hold", "request_object", "view_of"]
