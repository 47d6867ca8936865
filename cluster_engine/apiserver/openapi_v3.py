"""OpenAPI v3: one document per group version, and the list of them with a hash each.

Models k8s.io/kube-openapi/pkg/handler3.
"""

from typing import Any

from cluster_engine.apiserver.openapi_operations import KindOperations
from cluster_engine.apiserver.openapi_schemas import PATCH, V3, components, definitions
from cluster_engine.machinery.schema.definitions import META
from cluster_engine.resources.kind import Kind

Raw = dict[str, Any]

SECURITY = {"BearerToken": {"description": "Bearer Token authentication", "in": "header", "name": "authorization", "type": "apiKey"}}
SHARED = (META + "Status", META + "DeleteOptions", META + "APIResourceList", META + "WatchEvent", PATCH)


def path_of(group: str, version: str) -> str:
    return f"apis/{group}/{version}" if group else f"api/{version}"


def document(kinds: list[Kind], group: str, version: str) -> Raw:
    """The document of a built-in group version."""
    known = definitions()
    names = {gvk: known.name_of(*gvk) for gvk in known.kinds()}
    wanted = [*SHARED]
    paths: dict[str, Raw] = {f"/{path_of(group, version)}/": _resource_list(group, version)}
    for kind in kinds:
        name = names.get((group, version, kind.kind))
        if name is None:
            continue
        wanted += [n for n in (name, names.get((group, version, kind.list_kind), "")) if n]
        wanted += [names[gvk] for sub in kind.subresources.values() if (gvk := (sub.group, sub.version, sub.kind)) in names]
        if kind.scale is not None:
            wanted.append(names[("autoscaling", "v1", "Scale")])
        paths |= KindOperations(kind, version, name, names).paths()
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": "v1.36.2"},
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": components(wanted, V3), "securitySchemes": SECURITY},
    }


def custom_document(kinds: list[Kind], version: str, schemas: dict[str, Raw]) -> Raw:
    """The document of a group version that CustomResourceDefinitions made. `schemas`: by kind, as the definitions give them."""
    found: dict[str, Raw] = {}
    paths: dict[str, Raw] = {}
    for kind in kinds:
        name = custom_name(kind, version)
        found |= custom_components(kind, version, name, schemas.get(kind.kind, {"type": "object"}))
        scale = {("autoscaling", "v1", "Scale"): "io.k8s.api.autoscaling.v1.Scale"}
        paths |= KindOperations(kind, version, name, scale).paths()
    shared = [META + "Status", META + "DeleteOptions", META + "ObjectMeta", META + "ListMeta", PATCH]
    shared += ["io.k8s.api.autoscaling.v1.Scale"] if any(k.scale is not None for k in kinds) else []
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes CRD Swagger", "version": "v0.1.0"},
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": dict(sorted((found | components(shared, V3)).items()))},
    }


def custom_name(kind: Kind, version: str) -> str:
    """`com.example.v1.Widget`: the group's domain turned around."""
    return ".".join([*reversed(kind.group.split(".")), version, kind.kind])


def custom_components(kind: Kind, version: str, name: str, schema: Raw, prefix: str = V3) -> dict[str, Raw]:
    """The schema of a custom kind and of its list, with the fields that every object has."""
    gvk = {"group": kind.group, "version": version}
    meta = {"allOf": [{"$ref": prefix + META + "ObjectMeta"}], "description": "Standard object's metadata."}
    list_meta = {"allOf": [{"$ref": prefix + META + "ListMeta"}], "description": "Standard list metadata."}
    head = {
        "apiVersion": {"description": "The version of the schema that this object is written in.", "type": "string"},
        "kind": {"description": "The kind of object.", "type": "string"},
    }
    own: Raw = {**schema, "type": "object", "properties": {**(schema.get("properties") or {}), **head, "metadata": meta}}
    items = {"description": f"List of {kind.plural}.", "items": {"$ref": prefix + name}, "type": "array"}
    listed: Raw = {
        "description": f"{kind.list_kind} is a list of {kind.kind}",
        "properties": {**head, "items": items, "metadata": list_meta},
        "required": ["items"],
        "type": "object",
    }
    own["x-kubernetes-group-version-kind"] = [{**gvk, "kind": kind.kind}]
    listed["x-kubernetes-group-version-kind"] = [{**gvk, "kind": kind.list_kind}]
    return {name: own, name + "List": listed}


def _resource_list(group: str, version: str) -> Raw:
    answer = {"schema": {"$ref": V3 + META + "APIResourceList"}}
    forms = ("application/json", "application/vnd.kubernetes.protobuf", "application/yaml")
    operation = {
        "description": "get available resources",
        "operationId": f"get{(group or 'core').partition('.')[0].title()}{version.title()}APIResources",
        "responses": {"200": {"content": dict.fromkeys(forms, answer), "description": "OK"}, "401": {"description": "Unauthorized"}},
    }
    return {"get": operation}
