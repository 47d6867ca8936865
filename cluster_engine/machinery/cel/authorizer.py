"""`authorizer` in expressions: asks whether the requester may do something else, as in
authorizer.group('apps').resource('deployments').namespace('x').check('create').allowed().

Models k8s.io/apiserver/pkg/cel/library/authz.go.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from cel_expr_python import cel

T = cel.Type
MAP = T.Map(T.DYN, T.DYN)
KIND = "@kind"

Ask = Callable[[dict[str, str]], tuple[bool, str]]
_asked: list[Ask] = []

REQUESTER: dict[str, Any] = {KIND: "authorizer"}


@contextmanager
def asking(ask: Ask) -> Iterator[None]:
    """While this holds, checks are answered by `ask(what)`, which gets verb, path or group, resource, ... and gives (allowed, reason)."""
    _asked.append(ask)
    try:
        yield
    finally:
        _asked.pop()


def _with(field: str) -> Callable[[dict[str, Any], str], dict[str, Any]]:
    return lambda value, text: {**value, field: text}


def _check(value: dict[str, Any], verb: str) -> dict[str, Any]:
    if not _asked:
        raise ValueError("no authorizer here")
    what = {k: v for k, v in value.items() if k != KIND} | {"verb": verb}
    allowed, reason = _asked[-1](what)
    return {KIND: "decision", "allowed": allowed, "reason": reason}


def _account(value: dict[str, Any], namespace: str, name: str) -> dict[str, Any]:
    return {**value, "serviceAccountNamespace": namespace, "serviceAccountName": name}


AUTHORIZER: tuple[tuple[str, Any, list[Any], bool, Callable[..., Any]], ...] = (
    *(
        (name, MAP, [MAP, T.STRING], True, _with(name))
        for name in ("path", "group", "resource", "subresource", "namespace", "name", "fieldSelector", "labelSelector")
    ),
    ("serviceAccount", MAP, [MAP, T.STRING, T.STRING], True, _account),
    ("check", MAP, [MAP, T.STRING], True, _check),
    ("allowed", T.BOOL, [MAP], True, lambda d: d.get("allowed", False)),
    ("reason", T.STRING, [MAP], True, lambda d: d.get("reason", "")),
    ("errored", T.BOOL, [MAP], True, lambda d: False),
    ("error", T.STRING, [MAP], True, lambda d: ""),
)
