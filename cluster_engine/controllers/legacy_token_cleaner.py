"""Legacy token cleaner: marks, and later deletes, long-lived token Secrets that nobody has used for a year.

Models pkg/controller/serviceaccount/legacy_serviceaccount_token_cleaner.go.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from cluster_engine.kernel.clock import timestamp
from cluster_engine.reconcile.actions import Action, Delete, Patch, WakeAt
from cluster_engine.reconcile.controller import Controller
from cluster_engine.reconcile.pods import created
from cluster_engine.reconcile.selection import labels_of
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
TOKEN_TYPE, TRACKING = "kubernetes.io/service-account-token", "kube-apiserver-legacy-service-account-token-tracking"
LAST_USED, INVALID_SINCE = "kubernetes.io/legacy-token-last-used", "kubernetes.io/legacy-token-invalid-since"
YEAR = timedelta(days=365)
DAY = 86_400.0


def reconcile(secret: Manifest, view: View, now: float) -> Iterator[Action]:
    """Only secrets that a ServiceAccount lists were made by the cluster itself; those that people made are theirs."""
    tracking = view.get("configmaps", "kube-system", TRACKING)
    if secret.get("type") != TOKEN_TYPE or tracking is None or not _is_listed(secret, view):
        return
    today = date.fromisoformat(timestamp(now)[:10])
    since = _day((tracking.get("data") or {}).get("since"))
    used = _day(labels_of(secret).get(LAST_USED)) or date.fromisoformat(timestamp(created(secret))[:10])
    yield WakeAt(now + DAY, "tokens are looked at once a day")
    if since is None or max(used, since) + YEAR > today:
        return
    meta, invalid = secret["metadata"], _day(labels_of(secret).get(INVALID_SINCE))
    if invalid is None:
        patch = {"metadata": {"labels": {INVALID_SINCE: today.isoformat()}}}
        yield Patch("secrets", meta["namespace"], meta["name"], patch, "nobody has used this token for a year")
    elif invalid + YEAR <= today:
        yield Delete("secrets", meta["namespace"], meta["name"], "this token has been invalid for a year", meta["uid"])


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _is_listed(secret: Manifest, view: View) -> bool:
    meta = secret["metadata"]
    accounts = view.all("serviceaccounts", meta["namespace"])
    return any(s.get("name") == meta["name"] for a in accounts for s in a.get("secrets") or ())


CONTROLLER = Controller("legacy-service-account-token-cleaner", "secrets", reconcile, reads=("configmaps", "serviceaccounts"))
