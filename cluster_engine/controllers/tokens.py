"""Service-account token Secrets: fills the Secrets that ask for a token, and deletes those whose account is gone.

Models pkg/controller/serviceaccount/tokens_controller.go and pkg/controller/bootstrap/tokencleaner.go.
"""

import base64
from collections.abc import Iterable, Iterator
from typing import Any

from cluster_engine.client.client import WatchEvent
from cluster_engine.client.informer import key_of
from cluster_engine.kernel.clock import parse_time
from cluster_engine.reconcile.actions import Action, Delete, Update, WakeAt
from cluster_engine.reconcile.controller import Controller, Watches
from cluster_engine.reconcile.selection import annotations_of
from cluster_engine.reconcile.settings import Settings
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
TOKEN_TYPE, BOOTSTRAP_TYPE = "kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token"
MANAGER = "kube-controller-manager"
ACCOUNT_NAME, ACCOUNT_UID = "kubernetes.io/service-account.name", "kubernetes.io/service-account.uid"


def _text(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


def controllers(settings: Settings) -> tuple[Controller, ...]:
    def reconcile(secret: Manifest, view: View, now: float) -> Iterator[Action]:
        if secret.get("type") != TOKEN_TYPE:
            return
        meta, notes = secret["metadata"], annotations_of(secret)
        account = view.get("serviceaccounts", meta["namespace"], notes.get(ACCOUNT_NAME, ""))
        uid = notes.get(ACCOUNT_UID)
        if account is None or (uid and account["metadata"]["uid"] != uid):
            yield Delete("secrets", meta["namespace"], meta["name"], f"its service account {notes.get(ACCOUNT_NAME)} is gone", meta["uid"])
            return
        filled = _filled(secret, account, settings)
        if filled != secret:
            yield Update("secrets", filled, f"the secret asks for a token of service account {account['metadata']['name']}")

    watches = (Watches("serviceaccounts", keys_of_account),)
    return (
        Controller("tokens-controller", "secrets", reconcile, watches=watches, indices=(("secrets", "account", account_of),), account=MANAGER),
        Controller("token-cleaner", "secrets", clean_bootstrap_token),
    )


def account_of(secret: Manifest) -> tuple[str, ...]:
    """Index: the service account that a token Secret belongs to."""
    name = annotations_of(secret).get(ACCOUNT_NAME)
    return (f"{secret['metadata']['namespace']}/{name}",) if name and secret.get("type") == TOKEN_TYPE else ()


def _filled(secret: Manifest, account: Manifest, settings: Settings) -> Manifest:
    data, meta = dict(secret.get("data") or {}), secret["metadata"]
    data.setdefault("namespace", _text(meta["namespace"]))
    if settings.root_ca:
        data["ca.crt"] = _text(settings.root_ca)
    if "token" not in data and (token := settings.token(secret, account)):
        data["token"] = _text(token)
    notes = {**annotations_of(secret), ACCOUNT_UID: account["metadata"]["uid"]}
    return secret | {"data": data, "metadata": meta | {"annotations": notes}}


def clean_bootstrap_token(secret: Manifest, view: View, now: float) -> Iterator[Action]:
    """Delete a bootstrap token that has expired, and look again when the next one does."""
    expiration = (secret.get("data") or {}).get("expiration")
    if secret.get("type") != BOOTSTRAP_TYPE or not expiration:
        return
    meta = secret["metadata"]
    try:
        due = parse_time(base64.b64decode(expiration).decode())
    except ValueError:
        due = now
    if due > now:
        yield WakeAt(due, "the bootstrap token expires")
    else:
        yield Delete("secrets", meta["namespace"], meta["name"], "the bootstrap token has expired", meta["uid"])


def keys_of_account(event: WatchEvent, view: View) -> Iterable[str]:
    return [key_of(s) for s in view.by_index("secrets", "account", key_of(event.object))]
