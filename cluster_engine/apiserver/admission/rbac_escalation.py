"""Escalation: nobody grants by rules what they do not hold themselves, unless they may escalate or bind.

Models pkg/registry/rbac/{role,clusterrole,rolebinding,clusterrolebinding}/policybased, which upstream runs in the storage of
these kinds; here it is asked where every write is judged.
"""

from typing import Protocol

from cluster_engine.apiserver.attributes import SYSTEM_MASTERS, AdmissionRequest, Attributes, Authorizer, User
from cluster_engine.apiserver.authz_rules import compact, shown, uncovered
from cluster_engine.apiserver.plugin import CREATE, UPDATE, Plugin, denied, object_of
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.machinery.status import not_found

GROUP = "rbac.authorization.k8s.io"
ROLES = (f"roles.{GROUP}", f"clusterroles.{GROUP}")
BINDINGS = (f"rolebindings.{GROUP}", f"clusterrolebindings.{GROUP}")
EVERYTHING: list[Manifest] = [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}, {"verbs": ["*"], "nonResourceURLs": ["*"]}]


class Rules(Protocol):
    """What RBAC knows."""

    def rules_of(self, user: User, namespace: str) -> list[Manifest]: ...

    def role_rules(self, role_kind: str, namespace: str, name: str) -> list[Manifest] | None: ...


class RbacEscalation(Plugin):
    """Judges writes of roles and bindings."""

    name = "RbacEscalation"

    def __init__(self, rules: Rules, authorizer: Authorizer) -> None:
        self._rules, self._authorizer = rules, authorizer

    def handles(self, request: AdmissionRequest) -> bool:
        if request.kind.group != GROUP or request.operation not in (CREATE, UPDATE) or SYSTEM_MASTERS in request.user.groups:
            return False
        return request.kind.name in ROLES or request.kind.name in BINDINGS

    def admit(self, request: AdmissionRequest) -> Manifest | None:
        if request.kind.name in ROLES:
            self._judge_role(request, object_of(request))
        else:
            self._judge_binding(request, object_of(request))
        return None

    def _may(self, request: AdmissionRequest, verb: str, resource: str, namespace: str, name: str) -> bool:
        return self._authorizer.authorize(request.user, Attributes(verb, GROUP, "*", resource, namespace=namespace, name=name)).allowed

    def _judge_role(self, request: AdmissionRequest, role: Manifest) -> None:
        if self._may(request, "escalate", request.kind.plural, request.namespace, role["metadata"].get("name", "")):
            return
        self._confirm(request, role.get("rules") or [])
        if role.get("aggregationRule") is not None and uncovered(self._held(request), EVERYTHING):
            raise denied(request, "must have cluster-admin privileges to use the aggregationRule")

    def _judge_binding(self, request: AdmissionRequest, binding: Manifest) -> None:
        ref = binding.get("roleRef") or {}
        kind, name = ref.get("kind", ""), ref.get("name", "")
        resource = "clusterroles" if kind == "ClusterRole" else "roles"
        if request.old is not None and (request.old.get("roleRef"), request.old.get("subjects")) == (ref, binding.get("subjects")):
            return
        if self._may(request, "bind", resource, request.namespace, name):
            return
        rules = self._rules.role_rules(kind, request.namespace, name)
        if rules is None:
            raise not_found(GROUP, resource, name)
        self._confirm(request, rules)

    def _held(self, request: AdmissionRequest) -> list[Manifest]:
        return self._rules.rules_of(request.user, request.namespace)

    def _confirm(self, request: AdmissionRequest, wanted: list[Manifest]) -> None:
        missing = uncovered(self._held(request), wanted)
        if not missing:
            return
        user = request.user
        groups = " ".join(f'"{g}"' for g in user.groups)
        listed = "\n".join(sorted(shown(rule) for rule in compact(missing)))
        raise denied(request, f'user "{user.name}" (groups=[{groups}]) is attempting to grant RBAC permissions not currently held:\n{listed}')
