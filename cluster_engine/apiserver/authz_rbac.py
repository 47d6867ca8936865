"""RBAC: who may do what, from Roles, ClusterRoles and their bindings.

Models plugin/pkg/auth/authorizer/rbac/rbac.go. Rules are compiled once and answers kept until a rule changes, so that the
usual request costs one dictionary lookup.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from cluster_engine.apiserver.attributes import Attributes, Decision, User
from cluster_engine.apiserver.authz_rules import Rule, compiled
from cluster_engine.apiserver.lookup import Lookup
from cluster_engine.apiserver.tokens import split_user_name
from cluster_engine.machinery.manifest import Manifest

GROUP = "rbac.authorization.k8s.io"
PREFIXES = ("/registry/roles/", "/registry/rolebindings/", "/registry/clusterroles/", "/registry/clusterrolebindings/")
NO = Decision(False)
ANSWERS = 20_000

SubjectKey = tuple[str, str, str]
Known = tuple[tuple[frozenset[str], Decision], ...]


@dataclass(frozen=True, slots=True)
class Grant:
    """A binding as seen by one of its subjects, the `index`th.

    `namespace` is "" for a ClusterRoleBinding; `to` words the subject as a reason does.
    """

    kind: str
    name: str
    namespace: str
    role_kind: str
    role: str
    to: str
    index: int

    @property
    def reason(self) -> str:
        where = f"{self.name}/{self.namespace}" if self.namespace else self.name
        return f'RBAC: allowed by {self.kind} "{where}" of {self.role_kind} "{self.role}" to {self.to}'


def _subjects(binding: Manifest) -> Iterator[tuple[SubjectKey, str]]:
    namespace = binding["metadata"].get("namespace", "")
    for subject in binding.get("subjects") or ():
        kind, name = subject["kind"], subject["name"]
        if kind == "ServiceAccount":
            home = subject.get("namespace") or namespace
            yield (kind, home, name), f'{kind} "{name}/{home}"'
        else:
            yield (kind, "", name), f'{kind} "{name}"'


class Rbac:
    """An authorizer over the rules of one store. Never denies: what no rule allows, it has no opinion on."""

    def __init__(self, objects: Lookup) -> None:
        self._objects = objects
        self._watch = objects.store.watch("/registry/", objects.store.durable_revision + 1)
        self._changes = 0
        self._grants: dict[SubjectKey, list[Grant]] = {}
        self._rules: dict[tuple[str, str, str], tuple[Rule, ...]] = {}
        self._answers: dict[tuple[str, ...], Known] = {}
        self._seen = -1

    @property
    def revision(self) -> int:
        """Rises with every change of a rule or binding."""
        self._catch_up()
        return self._changes

    def _catch_up(self) -> None:
        durable = self._objects.store.durable_revision
        if durable == self._seen:
            return
        changed = any(record.key.startswith(PREFIXES) for record in self._watch.poll())
        if changed or self._seen < 0:
            self._changes += 1
            self._answers.clear()
            self._rules.clear()
            self._grants = self._compile()
        self._seen = durable

    def _compile(self) -> dict[SubjectKey, list[Grant]]:
        grants: dict[SubjectKey, list[Grant]] = {}
        for plural, kind in (("clusterrolebindings", "ClusterRoleBinding"), ("rolebindings", "RoleBinding")):
            for binding in self._objects.all(f"{plural}.{GROUP}"):
                meta, ref = binding["metadata"], binding["roleRef"]
                for index, (key, to) in enumerate(_subjects(binding)):
                    grants.setdefault(key, []).append(Grant(kind, meta["name"], meta.get("namespace", ""), ref["kind"], ref["name"], to, index))
        return grants

    def authorize(self, user: User, attributes: Attributes) -> Decision:
        """Allowed, with the binding that says so, or no opinion."""
        self._catch_up()
        if not attributes.is_resource:
            return self._judge_path(user, attributes)
        known = self._known(user, attributes)
        for names, decision in known:
            if not names or attributes.name in names:
                return decision
        return NO

    def _known(self, user: User, attributes: Attributes) -> Known:
        """Every grant that fits but for the object's name, up to the first that fits any name."""
        key = (user.name, *user.groups, "", attributes.verb, attributes.group, attributes.resource, attributes.subresource, attributes.namespace)
        known = self._answers.get(key)
        if known is None:
            known = tuple(self._judge(user, attributes))
            if len(self._answers) >= ANSWERS:
                self._answers.clear()
            self._answers[key] = known
        return known

    def _judge(self, user: User, attributes: Attributes) -> Iterator[tuple[frozenset[str], Decision]]:
        for grant in self.grants_of(user, attributes.namespace):
            for rule in self._compiled_rules(grant):
                if rule.allows_kind(attributes):
                    yield rule.names, Decision(True, grant.reason)
                    if not rule.names:
                        return

    def _judge_path(self, user: User, attributes: Attributes) -> Decision:
        for grant in self.grants_of(user, ""):
            if any(rule.urls and rule.allows(attributes) for rule in self._compiled_rules(grant)):
                return Decision(True, grant.reason)
        return NO

    def grants_of(self, user: User, namespace: str) -> list[Grant]:
        """The bindings that name the user or a group of theirs: cluster-wide ones, then those of `namespace`, by name."""
        self._catch_up()
        keys: list[SubjectKey] = [("User", "", user.name), *(("Group", "", g) for g in user.groups)]
        account = split_user_name(user.name)
        if account is not None:
            keys.append(("ServiceAccount", *account))
        found = [g for key in keys for g in self._grants.get(key, ()) if not g.namespace or g.namespace == namespace]
        unique = {(g.namespace, g.name): g for g in sorted(found, key=lambda g: -g.index)}
        return sorted(unique.values(), key=lambda g: (g.namespace != "", g.name))

    def role_rules(self, role_kind: str, namespace: str, name: str) -> list[Manifest] | None:
        """The rules of a role as they stand; None when there is no such role."""
        plural = "clusterroles" if role_kind == "ClusterRole" else "roles"
        role = self._objects.get(f"{plural}.{GROUP}", "" if role_kind == "ClusterRole" else namespace, name)
        return list(role.get("rules") or ()) if role is not None else None

    def rules_of(self, user: User, namespace: str) -> list[Manifest]:
        """Every rule that applies to the user in a namespace."""
        grants = self.grants_of(user, namespace)
        return list(chain.from_iterable(self.role_rules(g.role_kind, g.namespace, g.role) or () for g in grants))

    def _compiled_rules(self, grant: Grant) -> tuple[Rule, ...]:
        key = (grant.role_kind, grant.namespace if grant.role_kind == "Role" else "", grant.role)
        rules = self._rules.get(key)
        if rules is None:
            rules = self._rules[key] = tuple(compiled(r) for r in self.role_rules(*key) or ())
        return rules
