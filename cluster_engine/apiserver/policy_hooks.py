"""Which stored policies a request meets, by which bindings and with which parameters: what both policy plugins go through.

Models k8s.io/apiserver/pkg/admission/plugin/policy/generic.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from cluster_engine.apiserver.attributes import AdmissionRequest
from cluster_engine.apiserver.lookup import Lookup
from cluster_engine.apiserver.policy_cel import View, compiled_conditions, compiled_variables, view_of
from cluster_engine.apiserver.policy_match import is_exempt, matched_version, namespace_of
from cluster_engine.machinery import selectors
from cluster_engine.machinery.cel.environment import CompileError, Program
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.resources.admissionregistration.expressions import WrongType
from cluster_engine.resources.kind import Kind

GROUP = "admissionregistration.k8s.io"
KEPT = 512
NOTHING_FOUND = "no params found for policy binding with `Deny` parameterNotFoundAction"


class ConfigurationError(Exception):
    """A policy or binding that cannot be used as it stands."""


@dataclass(frozen=True)
class Compiled:
    """A policy with its programs; `parts` is what the plugin itself compiled."""

    policy: Manifest
    conditions: tuple[Program, ...]
    variables: dict[str, Program]
    parts: Any

    @property
    def name(self) -> str:
        return str(self.policy["metadata"]["name"])

    @property
    def fails_closed(self) -> bool:
        return bool(self.policy["spec"].get("failurePolicy", "Fail") == "Fail")


@dataclass(frozen=True)
class Meeting:
    """A policy that is about the request, one of its bindings, and what its expressions see; or why it cannot be judged."""

    compiled: Compiled
    binding: Manifest | None
    view: View
    problem: str = ""
    version: str = ""


class Policies:
    """The stored policies of one kind with their bindings. Programs are kept as long as the policy stays as it is."""

    def __init__(self, objects: Lookup, plural: str, compile_parts: Callable[[Manifest], Any]) -> None:
        self._objects, self._compile_parts = objects, compile_parts
        self._policies, self._bindings = f"{plural}.{GROUP}", f"{plural.removesuffix('ies')}ybindings.{GROUP}"
        self._compiled: dict[str, tuple[Manifest, Compiled | str]] = {}

    def any(self, request: AdmissionRequest) -> bool:
        kind = self._objects.registry.get(self._bindings)
        return kind is not None and bool(self._objects.store.count(kind.prefix(""))) and not is_exempt(request)

    def meetings(self, request: AdmissionRequest) -> Iterator[Meeting]:
        """In the order of the policies' names, then the bindings'. Raises ApiError when the namespace is gone."""
        bindings: dict[str, list[Manifest]] = {}
        for binding in self._objects.all(self._bindings):
            bindings.setdefault(binding["spec"].get("policyName", ""), []).append(binding)
        for policy in self._objects.all(self._policies):
            mine = bindings.get(policy["metadata"]["name"])
            if not mine:
                continue
            version = matched_version(policy["spec"].get("matchConstraints"), request, self._objects)
            if version:
                yield from self._bound(policy, mine, request, version)

    def _bound(self, policy: Manifest, bindings: list[Manifest], request: AdmissionRequest, version: str) -> Iterator[Meeting]:
        compiled = self._compile(policy)
        if isinstance(compiled, str):
            broken = Compiled(policy, (), {}, None)
            yield Meeting(broken, None, View({}), f"failed to configure policy: {compiled}")
            return
        view = view_of(request, version, namespace_of(request, self._objects), compiled.variables)
        for binding in bindings:
            if not matched_version(binding["spec"].get("matchResources"), request, self._objects):
                continue
            try:
                for params in self._params(policy, binding, request):
                    yield Meeting(compiled, binding, view.with_params(params), "", version)
            except ConfigurationError as error:
                yield Meeting(compiled, binding, view, f"failed to configure binding: {error}")

    def _compile(self, policy: Manifest) -> Compiled | str:
        name = policy["metadata"]["name"]
        known = self._compiled.get(name)
        if known is None or known[0] is not policy:
            if len(self._compiled) >= KEPT:
                self._compiled.clear()
            known = self._compiled[name] = (policy, self._compile_new(policy))
        return known[1]

    def _compile_new(self, policy: Manifest) -> Compiled | str:
        spec = policy["spec"]
        try:
            conditions = compiled_conditions(spec.get("matchConditions"), spec.get("paramKind") is not None)
            return Compiled(policy, conditions, compiled_variables(spec), self._compile_parts(policy))
        except (CompileError, WrongType) as error:
            return str(error)

    def _params(self, policy: Manifest, binding: Manifest, request: AdmissionRequest) -> list[Manifest | None]:
        """The parameter objects that a binding names: none for a policy without parameters. Raises ConfigurationError."""
        wanted, ref = policy["spec"].get("paramKind"), binding["spec"].get("paramRef")
        if wanted is None or ref is None:
            return [None]
        kind = self._param_kind(wanted)
        found: list[Manifest | None] = list(self._found(kind, ref, self._param_namespace(kind, ref, request)))
        if not found and ref.get("parameterNotFoundAction") == "Deny":
            raise ConfigurationError(NOTHING_FOUND)
        return found

    def _param_kind(self, wanted: Manifest) -> Kind:
        kind = self._objects.registry.by_kind(wanted["apiVersion"], wanted["kind"])
        if kind is None:
            text = f"{wanted['apiVersion']}, Kind={wanted['kind']}"
            raise ConfigurationError(f"failed to find resource referenced by paramKind: '{text}'")
        return kind

    def _param_namespace(self, kind: Kind, ref: Manifest, request: AdmissionRequest) -> str:
        given = str(ref.get("namespace") or "")
        if not kind.namespaced:
            if given:
                raise ConfigurationError("paramRef.namespace must not be provided for a cluster-scoped `paramKind`")
            return ""
        if not given and not request.namespace:
            raise ConfigurationError("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources")
        return given or request.namespace

    def _found(self, kind: Kind, ref: Manifest, namespace: str) -> Iterator[Manifest]:
        if ref.get("name"):
            found = self._objects.get(kind.name, namespace, ref["name"])
            if found is not None:
                yield found
            return
        selector = selectors.from_object(ref.get("selector") or {})
        yield from (o for o in self._objects.all(kind.name, namespace) if selector.matches(o["metadata"].get("labels")))
