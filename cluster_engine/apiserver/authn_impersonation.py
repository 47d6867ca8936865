"""Impersonation: acting as somebody else, allowed by rules on who may take which name, group, uid and extra value.

Models staging/src/k8s.io/apiserver/pkg/endpoints/filters/impersonation. Since v1.36 the constrained modes are asked first
(verbs `impersonate:<mode>` for the identity and `impersonate-on:<mode>:<verb>` for the deed), then the old `impersonate`;
the refusal that is told is the first one.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import unquote

from cluster_engine.apiserver.attributes import Attributes, Authorizer, User
from cluster_engine.apiserver.authz_refusal import forbidden
from cluster_engine.apiserver.tokens import groups_of, split_user_name
from cluster_engine.machinery.status import ApiError, bad_request

EXTRA_PREFIX = "impersonate-extra-"
AUTHENTICATION = "authentication.k8s.io"
NODE_PREFIX = "system:node:"
NODE_NAME = "authentication.kubernetes.io/node-name"
MANY = 4


def wanted_user(headers: Mapping[str, str]) -> User | None:
    """Who the Impersonate-* headers ask to be, with nothing added; None when they ask nothing. Raises ApiError 400."""
    name, uid = headers.get("impersonate-user", ""), headers.get("impersonate-uid", "")
    groups = tuple(headers["impersonate-group"].split(", ")) if "impersonate-group" in headers else ()
    extra = {unquote(h[len(EXTRA_PREFIX) :]): tuple(v.split(", ")) for h, v in headers.items() if h.startswith(EXTRA_PREFIX)}
    user = User(name, groups, uid, extra)
    if not name and (uid or groups or extra):
        raise bad_request(f"requested {_go(user)} without impersonating a user name")
    return user if name else None


def _go(user: User) -> str:
    """The user as Go prints it with %#v."""
    groups = f"[]string{{{', '.join(json.dumps(g) for g in user.groups)}}}" if user.groups else "[]string(nil)"
    values = [f"{json.dumps(k)}:[]string{{{', '.join(json.dumps(v) for v in vs)}}}" for k, vs in sorted(user.extra.items())]
    extra = f"map[string][]string{{{', '.join(values)}}}" if values else "map[string][]string(nil)"
    return f'&user.DefaultInfo{{Name:"", UID:{json.dumps(user.uid)}, Groups:{groups}, Extra:{extra}}}'


def node_of(user_name: str) -> str:
    """The node of a node's user name, else "" ."""
    return user_name.removeprefix(NODE_PREFIX) if user_name.startswith(NODE_PREFIX) else ""


@dataclass(frozen=True, slots=True)
class Mode:
    """One way of impersonating. `applies(wanted, requestor)`; `name` "" is the old way, without constraints."""

    name: str
    applies: Callable[[User, User], bool]

    @property
    def verb(self) -> str:
        return f"impersonate:{self.name}" if self.name else "impersonate"


def _only_name(user: User) -> bool:
    return not (user.uid or user.groups or user.extra)


def _own_node(wanted: User, requestor: User) -> bool:
    node = node_of(wanted.name)
    is_account = split_user_name(requestor.name) is not None
    return bool(node) and _only_name(wanted) and is_account and requestor.extra.get(NODE_NAME) == (node,)


MODES = (
    Mode("associated-node", _own_node),
    Mode("arbitrary-node", lambda wanted, _: _only_name(wanted) and bool(node_of(wanted.name))),
    Mode("serviceaccount", lambda wanted, _: _only_name(wanted) and split_user_name(wanted.name) is not None),
    Mode("user-info", lambda wanted, _: not node_of(wanted.name) and split_user_name(wanted.name) is None),
    Mode("", lambda *_: True),
)


def impersonate(wanted: User, requestor: User, attributes: Attributes, authorizer: Authorizer) -> User:
    """Who the request then is. Raises ApiError 403 with the refusal of the first way that was tried."""
    first: ApiError | None = None
    for mode in MODES:
        if not mode.applies(wanted, requestor):
            continue
        try:
            _check_mode(mode, wanted, requestor, attributes, authorizer)
            return _completed(mode, wanted)
        except ApiError as error:
            first = first or error
    if first is None:
        raise RuntimeError("the last way of impersonating always applies")
    raise first


def _check_mode(mode: Mode, wanted: User, requestor: User, attributes: Attributes, authorizer: Authorizer) -> None:
    asker = requestor
    if mode.name == "associated-node":
        asker = replace(requestor, extra={"authentication.kubernetes.io/associated-node-keys": tuple(sorted(requestor.extra))})
    if mode.name:
        _check(authorizer, asker, replace(attributes, verb=f"impersonate-on:{mode.name}:{attributes.verb}"))
    for needed in _needed(mode, wanted, asker, authorizer):
        _check(authorizer, asker, needed)


def _check(authorizer: Authorizer, user: User, attributes: Attributes) -> None:
    decision = authorizer.authorize(user, attributes)
    if not decision.allowed:
        raise forbidden(user, attributes, decision.reason)


def _allowed(authorizer: Authorizer, user: User, attributes: Attributes) -> bool:
    return authorizer.authorize(user, attributes).allowed


def _needed(mode: Mode, wanted: User, asker: User, authorizer: Authorizer) -> Iterator[Attributes]:
    """Every right that the identity takes: the name, then uid, groups and extra values."""
    group = AUTHENTICATION if mode.name else ""
    yield _name_right(mode, wanted, group)
    if wanted.uid:
        yield Attributes(mode.verb, AUTHENTICATION, "v1", "uids", name=wanted.uid)
    yield from _group_rights(mode, wanted, asker, authorizer, Attributes(mode.verb, group, "v1", "groups"))
    yield from _extra_rights(mode, wanted, asker, authorizer, Attributes(mode.verb, AUTHENTICATION, "v1", "userextras"))


def _name_right(mode: Mode, wanted: User, group: str) -> Attributes:
    account, node = split_user_name(wanted.name), node_of(wanted.name)
    if account is not None:
        return Attributes(mode.verb, group, "v1", "serviceaccounts", namespace=account[0], name=account[1])
    if mode.name and node:
        return Attributes(mode.verb, group, "v1", "nodes", name="*" if mode.name == "associated-node" else node)
    return Attributes(mode.verb, group, "v1", "users", name=wanted.name)


def _group_rights(mode: Mode, wanted: User, asker: User, authorizer: Authorizer, right: Attributes) -> Iterator[Attributes]:
    if not wanted.groups:
        return
    if mode.name and "" in wanted.groups:
        raise forbidden(asker, right, "impersonating the empty string group is not allowed")
    if mode.name and "system:masters" in wanted.groups:
        raise forbidden(asker, replace(right, name="system:masters"), "impersonating the system:masters group is not allowed")
    if mode.name and len(wanted.groups) >= MANY and _allowed(authorizer, asker, replace(right, name="*")):
        return
    for name in wanted.groups:
        yield replace(right, name=name)


def _extra_rights(mode: Mode, wanted: User, asker: User, authorizer: Authorizer, right: Attributes) -> Iterator[Attributes]:
    for key, values in wanted.extra.items():
        if mode.name and (problem := _extra_problem(key, values)):
            raise forbidden(asker, right, problem)
    many = sum(max(1, len(v)) for v in wanted.extra.values()) >= MANY
    if mode.name and many and _allowed(authorizer, asker, replace(right, subresource="*", name="*")):
        return
    for key, values in wanted.extra.items():
        for value in values:
            yield replace(right, subresource=key, name=value)


def _extra_problem(key: str, values: tuple[str, ...]) -> str:
    if not key:
        return "impersonating the empty string key in extra is not allowed"
    if key != key.lower():
        return f"impersonating a non-lowercase key in extra is not allowed: {json.dumps(key)}"
    if "/" not in key:
        why = 'must be a domain-prefixed path (such as "acme.io/foo")'
        return f"impersonating an invalid key in extra is not allowed: extra.key: Invalid value: {json.dumps(key)}: {why}"
    return "impersonating the empty string value in extra is not allowed" if "" in values else ""


def _completed(mode: Mode, wanted: User) -> User:
    """The identity with the groups that the server knows of it."""
    groups = wanted.groups
    account = split_user_name(wanted.name)
    if account is not None and not groups:
        groups = groups_of(account[0])
    if mode.name and node_of(wanted.name):
        groups = ("system:nodes",)
    if wanted.name == "system:anonymous":
        added = "system:unauthenticated"
    elif "system:unauthenticated" in groups:
        return replace(wanted, groups=groups)
    else:
        added = "system:authenticated"
    return replace(wanted, groups=groups if added in groups else (*groups, added))
