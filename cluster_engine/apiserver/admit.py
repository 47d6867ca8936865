"""Admission: the plugins in their order, first those that change, then, after validation, those that only judge.

Models k8s.io/apiserver/pkg/admission/chain.go.
"""

from typing import TYPE_CHECKING

from cluster_engine.apiserver import admission_chain
from cluster_engine.apiserver.attributes import AdmissionRequest
from cluster_engine.apiserver.call import Call
from cluster_engine.machinery.manifest import Manifest

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer


def request_for(
    server: "APIServer", call: Call, operation: str, obj: Manifest | None, old: Manifest | None, body_kind: tuple[str, str, str] = ("", "", "")
) -> AdmissionRequest:
    """What the plugins are asked about `call`."""
    return AdmissionRequest(
        operation, call.kind, call.namespace, call.name, call.subresource, call.user, options_of(call, operation), call.options.dry_run,
        call.now, server.loopback, call.version, body_kind, obj, old, call.warnings,
    )  # fmt: skip


def options_of(call: Call, operation: str) -> Manifest:
    """The manifest of the request's options, as admission webhooks get it."""
    if operation == "DELETE":
        return {"kind": "DeleteOptions", "apiVersion": "meta.k8s.io/v1", **call.delete_options}
    if operation == "CONNECT":
        return call.body if isinstance(call.body, dict) else {}
    kind = "CreateOptions" if operation == "CREATE" else "PatchOptions" if call.verb == "patch" else "UpdateOptions"
    options: Manifest = {"kind": kind, "apiVersion": "meta.k8s.io/v1"}
    if call.options.dry_run:
        options["dryRun"] = ["All"]
    if call.options.field_manager:
        options["fieldManager"] = call.options.field_manager
    if call.options.field_validation:
        options["fieldValidation"] = call.options.field_validation
    return options


def mutate(server: "APIServer", request: AdmissionRequest) -> Manifest | None:
    """Run the changing half; returns the object as the plugins left it."""
    admission_chain.mutate(server.gates.admission, request)
    return request.object


def judge(server: "APIServer", request: AdmissionRequest) -> None:
    """Run the judging half. Raises ApiError when a plugin refuses."""
    admission_chain.validate(server.gates.admission, request)
