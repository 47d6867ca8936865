"""The OpenID documents: by which keys, and from which issuer, others may check the cluster's ServiceAccount tokens.

Models pkg/serviceaccount/openidmetadata.go.
"""

import json
from typing import Any

from jwt.algorithms import ECAlgorithm

from cluster_engine.apiserver.tokens import TokenIssuer
from cluster_engine.machinery.manifest import Manifest

CONFIGURATION, KEYS = "/.well-known/openid-configuration", "/openid/v1/jwks"


def document(issuer: TokenIssuer, path: str) -> Manifest | None:
    """The document at a path; None for a path that has none."""
    if path == CONFIGURATION:
        return configuration(issuer.keys.issuer)
    if path == KEYS:
        return {"keys": [key(kid, public) for kid, public in issuer.keys.token_verifiers.items()]}
    return None


def configuration(issuer: str) -> Manifest:
    return {
        "issuer": issuer, "jwks_uri": f"{issuer}{KEYS}", "response_types_supported": ["id_token"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    }  # fmt: skip


def key(kid: str, public: Any) -> Manifest:
    """A public key as a JSON Web Key."""
    described: Manifest = json.loads(ECAlgorithm.to_jwk(public))
    return {"use": "sig", "kty": described["kty"], "kid": kid, "crv": described["crv"], "alg": "ES256", "x": described["x"], "y": described["y"]}
