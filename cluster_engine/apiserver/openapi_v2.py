"""OpenAPI v2 (Swagger): all groups in one document, for clients that do not read v3.

Models k8s.io/kube-openapi/pkg/builder. Made from the v3 operations, of which it is a narrower form.
"""

from typing import Any

from cluster_engine.apiserver.openapi_operations import KindOperations
from cluster_engine.apiserver.openapi_schemas import V2, V3, components, definitions
from cluster_engine.apiserver.openapi_v3 import SHARED, custom_components, custom_name
from cluster_engine.resources.kind import Kind

Raw = dict[str, Any]


def document(kinds: list[Kind], custom: dict[tuple[str, str, str], Raw]) -> Raw:
    """The document of everything served. `custom`: the schemas of custom kinds by group, version and kind."""
    known = definitions()
    names = {gvk: known.name_of(*gvk) for gvk in known.kinds()}
    wanted = [*SHARED]
    own: dict[str, Raw] = {}
    paths: dict[str, Raw] = {}
    for kind in kinds:
        for version in kind.versions:
            name = names.get((kind.group, version, kind.kind))
            if name is None:
                name = custom_name(kind, version)
                own |= custom_components(kind, version, name, _narrow(custom.get((kind.group, version, kind.kind), {"type": "object"})), V2)
            else:
                wanted += [n for n in (name, names.get((kind.group, version, kind.list_kind), "")) if n]
                wanted += [names[gvk] for sub in kind.subresources.values() if (gvk := (sub.group, sub.version, sub.kind)) in names]
            paths |= {path: _path(item) for path, item in KindOperations(kind, version, name, names).paths().items()}
    wanted.append(names[("autoscaling", "v1", "Scale")])
    return {
        "swagger": "2.0",
        "info": {"title": "Kubernetes", "version": "v1.36.2"},
        "paths": dict(sorted(paths.items())),
        "definitions": dict(sorted((components(wanted, V2) | own).items())),
        "securityDefinitions": {"BearerToken": {"description": "Bearer Token authentication", "in": "header", "name": "authorization", "type": "apiKey"}},
        "security": [{"BearerToken": []}],
    }


def _narrow(schema: Any) -> Any:
    """A custom schema without what v2 cannot say."""
    if isinstance(schema, list):
        return [_narrow(s) for s in schema]
    if not isinstance(schema, dict):
        return schema
    return {k: _narrow(v) for k, v in schema.items() if k not in ("nullable", "oneOf", "anyOf", "not")}


def _path(item: Raw) -> Raw:
    return {k: [_parameter(p) for p in v] if k == "parameters" else _operation(v) for k, v in item.items()}


def _parameter(parameter: Raw) -> Raw:
    schema: Raw = parameter["schema"]
    return {k: v for k, v in parameter.items() if k != "schema"} | schema


def _schema(content: Raw) -> Raw:
    first = next(iter(content.values()))["schema"]
    return {"schema": {"$ref": first["$ref"].replace(V3, V2)}}


def _operation(operation: Raw) -> Raw:
    out = {k: v for k, v in operation.items() if k not in ("parameters", "requestBody", "responses")}
    parameters = [_parameter(p) for p in operation.get("parameters", ())]
    if body := operation.get("requestBody"):
        out["consumes"] = list(body["content"])
        parameters.insert(0, {"in": "body", "name": "body", **({"required": True} if body.get("required") else {}), **_schema(body["content"])})
    if parameters:
        out["parameters"] = parameters
    out["produces"] = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"]
    out["schemes"] = ["https"]
    answers = operation.get("responses", {})
    out["responses"] = {c: {"description": a["description"], **(_schema(a["content"]) if "content" in a else {})} for c, a in answers.items()}
    return out
