"""ServiceAccount tokens: signed claims about who a pod is, bound to the objects that must still exist when they are shown.

Models pkg/serviceaccount/{claims,jwt}.go. Times are the cluster's, so tokens age with its clock; signatures are deterministic.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from jwt.api_jws import PyJWS
from jwt.utils import der_to_raw_signature

from cluster_engine.apiserver.attributes import User
from cluster_engine.apiserver.keys import ClusterKeys, key_id
from cluster_engine.kernel.clock import parse_time
from cluster_engine.machinery.manifest import Manifest

LEEWAY = 60
WARN_AFTER = 3607
EXTENSION = 365 * 24 * 3600
BINDABLE = {"Pod": "pods", "Secret": "secrets", "Node": "nodes"}


class TokenError(Exception):
    """A token that is refused; the text is for whoever may see why."""


class Getter(Protocol):
    """Reads one object by resource name; None when it is not there."""

    def get(self, resource: str, namespace: str, name: str) -> Manifest | None: ...


class _DeterministicES256(ECAlgorithm):
    """ES256 whose signatures are a function of message and key (RFC 6979), so that equal runs make equal tokens."""

    def sign(self, msg: bytes, key: Any) -> bytes:
        return der_to_raw_signature(key.sign(msg, ec.ECDSA(hashes.SHA256(), deterministic_signing=True)), key.curve)


_jws = PyJWS(algorithms=[])
_jws.register_algorithm("ES256", _DeterministicES256(ECAlgorithm.SHA256))


@dataclass(frozen=True, slots=True)
class Bound:
    """An object that a token lives and dies with."""

    kind: str
    name: str
    uid: str

    def claim(self) -> dict[str, str]:
        return {"name": self.name, "uid": self.uid}


def groups_of(namespace: str) -> tuple[str, ...]:
    """The groups of every ServiceAccount of a namespace."""
    return ("system:serviceaccounts", f"system:serviceaccounts:{namespace}")


def user_name(namespace: str, name: str) -> str:
    return f"system:serviceaccount:{namespace}:{name}"


def split_user_name(user: str) -> tuple[str, str] | None:
    """Namespace and name of a ServiceAccount's user name; None for any other user."""
    parts = user.split(":")
    return (parts[2], parts[3]) if len(parts) == 4 and parts[:2] == ["system", "serviceaccount"] and parts[2] and parts[3] else None


def ref_of(kind: str, manifest: Manifest) -> Bound:
    return Bound(kind, manifest["metadata"]["name"], manifest["metadata"]["uid"])


class TokenIssuer:
    """Signs and reads the tokens of one cluster."""

    def __init__(self, keys: ClusterKeys) -> None:
        self.keys = keys
        self._kid = key_id(keys.token_key.public_key())
        self._verified: dict[str, dict[str, Any]] = {}

    def issue(
        self,
        account: Manifest,
        *,
        now: float,
        token_id: str,
        seconds: int = 3600,
        audiences: Sequence[str] = (),
        bound: Sequence[Bound] = (),
        warn_after: int = 0,
    ) -> str:
        """A token for a ServiceAccount. `token_id` must be new; `bound`: the pod with its node, or the secret, or the node."""
        meta, moment = account["metadata"], int(now)
        refs = {b.kind.lower(): b.claim() for b in bound}
        refs["serviceaccount"] = {"name": meta["name"], "uid": meta["uid"]}
        claims: dict[str, Any] = {
            "aud": list(audiences or self.keys.audiences), "exp": moment + seconds, "iat": moment, "iss": self.keys.issuer, "jti": token_id,
            "kubernetes.io": {"namespace": meta["namespace"], **refs} | ({"warnafter": moment + warn_after} if warn_after else {}),
            "nbf": moment, "sub": user_name(meta["namespace"], meta["name"]),
        }  # fmt: skip
        return self._sign(claims)

    def issue_legacy(self, account: Manifest, secret: Manifest) -> str:
        """The token of a Secret of type kubernetes.io/service-account-token: it does not expire, it goes with the secret."""
        namespace, name = account["metadata"]["namespace"], account["metadata"]["name"]
        prefix = "kubernetes.io/serviceaccount/"
        return self._sign({
            "iss": "kubernetes/serviceaccount", f"{prefix}namespace": namespace, f"{prefix}secret.name": secret["metadata"]["name"],
            f"{prefix}service-account.name": name, f"{prefix}service-account.uid": account["metadata"]["uid"], "sub": user_name(namespace, name),
        })  # fmt: skip

    def _sign(self, claims: dict[str, Any]) -> str:
        body = json.dumps(claims, separators=(",", ":"), sort_keys=True).encode()
        return _jws.encode(body, self.keys.token_key, algorithm="ES256", headers={"kid": self._kid, "typ": None}, sort_headers=True)

    def claims(self, token: str) -> dict[str, Any]:
        """The claims of a token that this cluster signed, of any age. Raises TokenError."""
        known = self._verified.get(token)
        if known is None:
            known = self._verify(token)
            if len(self._verified) >= 4096:
                self._verified.clear()
            self._verified[token] = known
        return known

    def _verify(self, token: str) -> dict[str, Any]:
        try:
            key = self.keys.token_verifiers.get(_jws.get_unverified_header(token).get("kid", ""))
            if key is None:
                raise TokenError("the token is signed by no key of this cluster")
            claims = json.loads(_jws.decode(token, key, algorithms=["ES256"]))
        except (jwt.PyJWTError, ValueError, RecursionError) as error:
            raise TokenError("the token cannot be read") from error
        if not isinstance(claims, dict) or claims.get("iss") not in (self.keys.issuer, "kubernetes/serviceaccount"):
            raise TokenError("the token has another issuer")
        return claims

    def authenticate(self, token: str, objects: Getter, now: float, audiences: Sequence[str] = ()) -> tuple[User, tuple[str, ...]]:
        """The user of a valid token and the audiences that it is for. Raises TokenError."""
        claims = self.claims(token)
        wanted = tuple(audiences or self.keys.audiences)
        if claims["iss"] == "kubernetes/serviceaccount":
            return _legacy_user(token, claims, objects), tuple(a for a in self.keys.audiences if a in wanted)
        shared = tuple(a for a in wanted if a in claims.get("aud", ()))
        if not shared:
            raise TokenError(f"token audiences {_list(claims.get('aud', ()))} is invalid for the target audiences {_list(wanted)}")
        _check_times(claims, now)
        return _bound_user(claims, objects, now), shared


def _list(texts: Sequence[str]) -> str:
    """Text as Go's %q prints a list of strings."""
    return "[" + " ".join(json.dumps(t) for t in texts) + "]"


def _check_times(claims: dict[str, Any], now: float) -> None:
    if now > claims.get("exp", 0) + LEEWAY:
        raise TokenError("service account token has expired")
    if now < claims.get("nbf", 0) - LEEWAY:
        raise TokenError("service account token is not valid yet")


def _living(manifest: Manifest | None, now: float) -> Manifest | None:
    """The object, unless its deletion began longer ago than the leeway."""
    if manifest is None:
        return None
    deleted = manifest["metadata"].get("deletionTimestamp")
    return None if deleted and parse_time(deleted) < now - LEEWAY else manifest


def _account(objects: Getter, namespace: str, name: str, uid: str, now: float) -> None:
    account = objects.get("serviceaccounts", namespace, name)
    if account is None:
        raise TokenError(f'serviceaccounts "{name}" not found')
    if _living(account, now) is None:
        raise TokenError(f"service account {namespace}/{name} has been deleted")
    if account["metadata"]["uid"] != uid:
        raise TokenError(f"service account UID ({account['metadata']['uid']}) does not match claim ({uid})")


def _bound_user(claims: dict[str, Any], objects: Getter, now: float) -> User:
    private = claims["kubernetes.io"]
    namespace, account = private["namespace"], private["serviceaccount"]
    _account(objects, namespace, account["name"], account["uid"], now)
    extra: dict[str, tuple[str, ...]] = {"authentication.kubernetes.io/credential-id": (f"JTI={claims['jti']}",)} if claims.get("jti") else {}
    for kind, resource in BINDABLE.items():
        ref = private.get(kind.lower())
        if ref is None:
            continue
        is_hint = kind == "Node" and "pod" in private
        if not is_hint:
            _check_bound(objects.get(resource, "" if kind == "Node" else namespace, ref["name"]), kind, ref, now)
        if kind != "Secret":
            extra[f"authentication.kubernetes.io/{kind.lower()}-name"] = (ref["name"],)
            extra[f"authentication.kubernetes.io/{kind.lower()}-uid"] = (ref["uid"],)
    return User(claims["sub"], (*groups_of(namespace), "system:authenticated"), account["uid"], extra)


def _check_bound(manifest: Manifest | None, kind: str, ref: dict[str, str], now: float) -> None:
    if _living(manifest, now) is None or manifest is None:
        raise TokenError("service account token has been invalidated")
    if manifest["metadata"]["uid"] != ref["uid"]:
        noun = "service account secret" if kind == "Secret" else f"service account {kind.lower()}"
        raise TokenError(f"{kind.lower()} UID ({manifest['metadata']['uid']}) does not match {noun} ref claim ({ref['uid']})")


def _legacy_user(token: str, claims: dict[str, Any], objects: Getter) -> User:
    prefix = "kubernetes.io/serviceaccount/"
    namespace, name = claims[f"{prefix}namespace"], claims[f"{prefix}service-account.name"]
    secret = objects.get("secrets", namespace, claims[f"{prefix}secret.name"])
    if secret is None or base64.b64decode(secret.get("data", {}).get("token", "")) != token.encode():
        raise TokenError("service account token has been invalidated")
    _account(objects, namespace, name, claims[f"{prefix}service-account.uid"], 0.0)
    return User(claims["sub"], (*groups_of(namespace), "system:authenticated"), claims[f"{prefix}service-account.uid"])
