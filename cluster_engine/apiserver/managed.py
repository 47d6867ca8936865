"""Managed fields: notes with each write who owns which fields, by machinery's FieldManager of the kind.

Models k8s.io/apiserver/pkg/endpoints/handlers/fieldmanager.
"""

from typing import TYPE_CHECKING

from cluster_engine.apiserver.call import Call
from cluster_engine.machinery.managed_fields import FieldManager
from cluster_engine.machinery.manifest import Manifest

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer

UNKNOWN = "unknown"
LONGEST = 128


def manager_name(field_manager: str, user_agent: str) -> str:
    """The owner of a request's fields: as asked for, else the program's name from the user agent."""
    if field_manager:
        return field_manager
    program = "".join(c for c in user_agent.split("/")[0][:LONGEST] if c.isprintable())
    return program or UNKNOWN


def on_create(server: "APIServer", call: Call, obj: Manifest) -> None:
    """Note the owner of all that a new object sets."""
    empty: Manifest = {"apiVersion": obj["apiVersion"], "kind": obj["kind"], "metadata": {}}
    _note(field_manager(server, call), call, empty, obj)


def on_update(server: "APIServer", call: Call, before: Manifest, new: Manifest) -> None:
    """Note the owner of what a change sets or removes."""
    _note(field_manager(server, call), call, before, new)


def _note(fields: FieldManager, call: Call, live: Manifest, new: Manifest) -> None:
    """Set `new`'s managed fields; ownership is told in the version that the client speaks."""
    said = {**call.spoken, "metadata": new["metadata"]} if call.spoken is not None else _spoken(call, new)
    noted = fields.on_update(_spoken(call, live), said, call.manager, call.now, call.subresource)
    entries = noted["metadata"].get("managedFields")
    if entries:
        new["metadata"]["managedFields"] = entries
    else:
        new["metadata"].pop("managedFields", None)


def _spoken(call: Call, obj: Manifest) -> Manifest:
    conversion = call.kind.conversions.get(call.version)
    if conversion is None or obj["kind"] != call.kind.kind or not obj["metadata"]:
        return obj
    return conversion.from_storage(obj)


def field_manager(server: "APIServer", call: Call) -> FieldManager:
    """The manager of the kind in the version that the call speaks."""
    return server.schemas.field_manager(call.kind, call.version)


def on_body(server: "APIServer", call: Call, gvk: tuple[str, str, str], body: Manifest) -> None:
    """Note the owner of a body of another kind than the path's, such as a TokenRequest."""
    group, version, kind = gvk
    empty: Manifest = {"apiVersion": f"{group}/{version}" if group else version, "kind": kind, "metadata": {}}
    _note(server.schemas.field_manager_of(gvk), call, empty, body)
