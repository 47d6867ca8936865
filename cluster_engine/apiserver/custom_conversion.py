"""Conversion by webhook: a custom kind's author translates its objects between versions, in a program of their own.

Models k8s.io/apiextensions-apiserver/pkg/apiserver/conversion/webhook_converter.go.
"""

import base64
import binascii
import json
from collections.abc import Callable

from cluster_engine.apiserver.webhook_call import Connector, Unreachable
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.machinery.status import ApiError

API = "apiextensions.k8s.io"
SECONDS = 30

Convert = Callable[[Manifest, str], Manifest]


def converter(crd: Manifest, connector: Connector, uid: Callable[[], str]) -> Convert | None:
    """What turns an object into another apiVersion; None where the definition leaves that to the server."""
    conversion = crd["spec"].get("conversion") or {}
    if conversion.get("strategy") != "Webhook":
        return None
    webhook: Manifest = conversion["webhook"]
    review = next(v for v in webhook["conversionReviewVersions"] if v in ("v1", "v1beta1"))

    def convert(obj: Manifest, wanted: str) -> Manifest:
        if obj["apiVersion"] == wanted:
            return obj
        try:
            return _converted(obj, wanted, webhook["clientConfig"], f"{API}/{review}", uid(), connector)
        except (Unreachable, ValueError) as error:
            raise ApiError(500, "", f"conversion webhook for {obj['apiVersion']}, Kind={obj['kind']} failed: {error}") from error

    return convert


def _converted(obj: Manifest, wanted: str, client: Manifest, api: str, uid: str, connector: Connector) -> Manifest:
    """Ask, and check what comes back. Raises Unreachable or ValueError."""
    request = {"uid": uid, "desiredAPIVersion": wanted, "objects": [obj]}
    body = json.dumps({"kind": "ConversionReview", "apiVersion": api, "request": request}, separators=(",", ":")).encode()
    review = json.loads(connector.ask(target(client, SECONDS), authorities(client), body, SECONDS))
    response = review.get("response") if isinstance(review, dict) and review.get("kind") == "ConversionReview" else None
    if not isinstance(response, dict) or response.get("uid") != uid:
        raise ValueError("the answer is no ConversionReview with this request's uid")
    result = response.get("result") or {}
    if result.get("status") != "Success":
        raise ValueError(str(result.get("message") or "no reason given"))
    found = response.get("convertedObjects")
    if not isinstance(found, list) or len(found) != 1:
        raise ValueError(f"webhook returned {len(found or ())} objects, expected 1")
    return _same_object(found[0], obj, wanted)


def _same_object(found: Manifest, obj: Manifest, wanted: str) -> Manifest:
    """A converter may change the shape, labels and annotations; the rest of metadata stays as it was."""
    if not isinstance(found, dict) or found.get("apiVersion") != wanted or found.get("kind") != obj["kind"]:
        raise ValueError(f"webhook returned invalid converted object at index 0: invalid groupVersion, expected {wanted}")
    meta = found.get("metadata")
    if not isinstance(meta, dict) or meta.get("name") != obj["metadata"].get("name") or meta.get("uid") != obj["metadata"].get("uid"):
        raise ValueError("webhook returned invalid metadata for object at index 0")
    kept = {k: v for k, v in obj["metadata"].items() if k not in ("labels", "annotations")}
    return {**found, "metadata": {**kept, **{k: meta[k] for k in ("labels", "annotations") if meta.get(k)}}}


def target(client: Manifest, seconds: int) -> str:
    """Where the converter is."""
    url = client.get("url")
    if not url:
        service = client["service"]
        path = (service.get("path") or "/").removeprefix("/")
        url = f"https://{service['name']}.{service['namespace']}.svc:{service.get('port', 443)}/{path}"
    return f"{url}?timeout={seconds}s"


def authorities(client: Manifest) -> bytes:
    """The certificates that may have signed the converter's own."""
    try:
        return base64.b64decode(client.get("caBundle") or "")
    except binascii.Error:
        return b""
