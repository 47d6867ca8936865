"""Authentication: who sends a request, from the client certificate or the bearer token that it carries.

Models staging/src/k8s.io/apiserver/pkg/authentication/request/{x509,bearertoken,union} and pkg/serviceaccount.
"""

import hmac
from collections.abc import Callable, Mapping
from hashlib import sha256

from cluster_engine.apiserver.attributes import User
from cluster_engine.apiserver.http import HttpRequest
from cluster_engine.apiserver.tokens import Getter, TokenError, TokenIssuer
from cluster_engine.machinery.status import unauthorized

AUTHENTICATED = "system:authenticated"
ADMIN = User("kubernetes-admin", ("system:masters", AUTHENTICATED))


def hashed(token: str) -> str:
    """How a static token is kept: only its hash."""
    return sha256(token.encode()).hexdigest()


def bearer_token(headers: Mapping[str, str]) -> str | None:
    """The token of the Authorization header; None when there is none."""
    scheme, _, token = headers.get("authorization", "").strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


class RequestAuthenticator:
    """Tries the certificate, then static tokens, then ServiceAccount tokens.

    `static`: users by the hash of their token. `now`: cluster time.
    """

    def __init__(self, issuer: TokenIssuer, objects: Getter, now: Callable[[], float], static: Mapping[str, User] | None = None) -> None:
        self.issuer, self._objects, self._now = issuer, objects, now
        self.static = dict(static or {})

    def authenticate(self, request: HttpRequest) -> User | None:
        """The user; None without credentials. Raises ApiError 401 for credentials that are wrong."""
        if request.certificate is not None:
            name, groups = request.certificate
            return User(name, (*groups, AUTHENTICATED))
        token = bearer_token(request.headers)
        if token is None:
            return None
        try:
            return self.user_of(token)[0]
        except TokenError:
            raise unauthorized() from None

    def user_of(self, token: str, audiences: tuple[str, ...] = ()) -> tuple[User, tuple[str, ...]]:
        """The user of a bearer token and the audiences it is for. Raises TokenError."""
        known = self._static_user(token)
        if known is not None:
            return known, tuple(a for a in audiences or self.issuer.keys.audiences if a in self.issuer.keys.audiences)
        if token.count(".") != 2:
            raise TokenError("invalid bearer token")
        try:
            return self.issuer.authenticate(token, self._objects, self._now(), audiences)
        except TokenError as error:
            raise TokenError(f"[invalid bearer token, {error}]") from error

    def _static_user(self, token: str) -> User | None:
        digest = hashed(token)
        return next((user for kept, user in self.static.items() if hmac.compare_digest(kept, digest)), None)
