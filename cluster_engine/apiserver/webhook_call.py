"""Asking a webhook: the review that goes out, the connector that carries it, and what must come back.

Nothing leaves the server unless an operator gives the cluster a connector that lets the target through. Models
k8s.io/apiserver/pkg/admission/plugin/webhook/{request,generic}, pkg/util/webhook/client.go.
"""

import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import Any, Protocol

from cluster_engine.apiserver.attributes import AdmissionRequest
from cluster_engine.apiserver.lookup import Lookup
from cluster_engine.apiserver.policy_cel import as_version, request_object
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.machinery.status import ApiError

API = "admission.k8s.io"
LARGEST_ANSWER = 3 * 1024 * 1024


class Unreachable(Exception):
    """The webhook could not be asked; the text is the network's."""


class Unusable(Exception):
    """The webhook answered, but not with a review that can be used."""


class Connector(Protocol):
    """Carries a review to a webhook. Must be bounded by `seconds`, and must not follow where the operator allows nothing."""

    def ask(self, url: str, authorities: bytes, review: bytes, seconds: int) -> bytes:
        """The body of a 200 answer. Raises Unreachable."""


class Closed:
    """The connector of a cluster whose operator allows no outside calls."""

    def ask(self, url: str, authorities: bytes, review: bytes, seconds: int) -> bytes:
        raise Unreachable("connections to this address are not allowed by the operator of the cluster")


@dataclass(frozen=True)
class Answer:
    """What a webhook said. `patch`: JSON patch operations, None for none."""

    allowed: bool
    status: Manifest = field(default_factory=dict)
    patch: list[Any] | None = None
    warnings: tuple[str, ...] = ()
    annotations: dict[str, str] = field(default_factory=dict)


def ask(hook: Manifest, request: AdmissionRequest, version: str, uid: str, connector: Connector, objects: Lookup) -> Answer:
    """Ask one webhook about a request as `version` has it. Raises Unreachable or Unusable."""
    api = f"{API}/{next(v for v in hook['admissionReviewVersions'] if v in ('v1', 'v1beta1'))}"
    body = request_object(request, version, uid) | {
        "object": as_version(request.object, request, version),
        "oldObject": as_version(request.old, request, version),
    }
    review = json.dumps({"kind": "AdmissionReview", "apiVersion": api, "request": body}, separators=(",", ":")).encode()
    seconds = int(hook.get("timeoutSeconds") or 10)
    url, shown = _target(hook["clientConfig"], seconds)
    try:
        _check_service(hook["clientConfig"], objects)
        answer = connector.ask(url, _authorities(hook["clientConfig"]), review, seconds)
    except Unreachable as error:
        raise Unreachable(f'failed to call webhook: Post "{shown}": {error}') from error
    return _read(answer, api, uid)


def _target(client: Manifest, seconds: int) -> tuple[str, str]:
    """The URL, and as errors show it."""
    if client.get("url"):
        url = str(client["url"])
    else:
        service = client["service"]
        path = (service.get("path") or "/").removeprefix("/")
        url = f"https://{service['name']}.{service['namespace']}.svc:{service.get('port', 443)}/{path}"
    return f"{url}?timeout={seconds}s", f"{url}?timeout={seconds}s"


def _check_service(client: Manifest, objects: Lookup) -> None:
    """A service must be there, with somebody behind it."""
    named = client.get("service")
    if named is None:
        return
    namespace, name = named["namespace"], named["name"]
    service = objects.get("services", namespace, name)
    if service is None:
        raise Unreachable(f'service "{name}" not found')
    if service["spec"].get("type") == "ExternalName":
        return
    slices = objects.all("endpointslices.discovery.k8s.io", namespace)
    mine = [s for s in slices if (s["metadata"].get("labels") or {}).get("kubernetes.io/service-name") == name]
    if not any((e.get("conditions") or {}).get("ready") is not False for s in mine for e in s.get("endpoints") or ()):
        raise Unreachable(f'no endpoints available for service "{name}"')


def _authorities(client: Manifest) -> bytes:
    """The certificates that may have signed the webhook's own."""
    try:
        return base64.b64decode(client.get("caBundle") or "")
    except binascii.Error:
        return b""


def _read(answer: bytes, api: str, uid: str) -> Answer:
    if len(answer) > LARGEST_ANSWER:
        raise Unusable("the webhook's answer is too large")
    try:
        review = json.loads(answer)
    except ValueError as error:
        raise Unusable(f"couldn't decode the webhook's answer: {error}") from error
    if not isinstance(review, dict) or (review.get("apiVersion"), review.get("kind")) != (api, "AdmissionReview"):
        raise Unusable(f"expected webhook response of {api}, Kind=AdmissionReview")
    response = review.get("response")
    if not isinstance(response, dict):
        raise Unusable("webhook response was absent")
    if response.get("uid") != uid and api == f"{API}/v1":
        raise Unusable(f'expected response.uid="{uid}", got "{response.get("uid", "")}"')
    return Answer(
        response.get("allowed") is True, response.get("status") or {}, _patch(response),
        tuple(str(w) for w in response.get("warnings") or ()), {str(k): str(v) for k, v in (response.get("auditAnnotations") or {}).items()},
    )  # fmt: skip


def _patch(response: Manifest) -> list[Any] | None:
    if not response.get("patch"):
        if response.get("patchType"):
            raise Unusable("webhook returned response.patchType but not response.patch")
        return None
    if not response.get("patchType"):
        raise Unusable("webhook returned response.patch but not response.patchType")
    if response["patchType"] != "JSONPatch":
        raise Unusable(f'invalid response.patchType of "{response["patchType"]}" only "JSONPatch" is allowed')
    try:
        patch = json.loads(base64.b64decode(response["patch"]))
    except ValueError as error:
        raise Unusable(f"the patch cannot be read: {error}") from error
    if not isinstance(patch, list):
        raise Unusable("the patch is no list")
    return patch


def refusal(name: str, status: Manifest) -> ApiError:
    """The answer to a requester whose write a webhook denied."""
    by = f'admission webhook "{name}" denied the request'
    text = status.get("message") or status.get("reason")
    code = int(status.get("code") or 0)
    message = f"{by}: {text}" if text else f"{by} without explanation"
    return ApiError(max(code, 400), str(status.get("reason") or ""), message, status.get("details"))
