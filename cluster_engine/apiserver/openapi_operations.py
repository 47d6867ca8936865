"""The operations of a kind, as OpenAPI v3 describes them: paths, parameters, bodies, answers.

Models k8s.io/apiserver/pkg/endpoints/installer.go, which registers each verb with its documentation.
"""

from typing import Any

from cluster_engine.apiserver.openapi_schemas import PATCH, V3, definitions
from cluster_engine.machinery.schema.definitions import META
from cluster_engine.resources.kind import Kind, Subresource

Raw = dict[str, Any]

PLAIN = ("application/json", "application/vnd.kubernetes.protobuf", "application/yaml")
STREAMS = (*PLAIN, "application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch")
PATCHES = ("application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json")

TEXTS = {
    "pretty": "Whether to indent the answer for reading; browsers and curl get it so anyway.",
    "fieldManager": "Who makes the change; it owns the fields that it sets. At most 128 printable characters.",
    "fieldValidation": "What to do about unknown and repeated fields: Ignore, Warn or Strict.",
    "force": "Take over fields that others own; for apply only.",
    "allowWatchBookmarks": "Whether the watch may send bookmarks, which tell how far it has got.",
    "continue": "The token of the previous page of a list.",
    "fieldSelector": "Keep only objects whose fields match.",
    "labelSelector": "Keep only objects whose labels match.",
    "limit": "The most objects that a page may have.",
    "resourceVersion": "At or after which version of the cluster to look.",
    "resourceVersionMatch": "How resourceVersion is meant: Exact or NotOlderThan.",
    "sendInitialEvents": "Whether the watch begins with the objects that are there.",
    "timeoutSeconds": "How long a list or watch may take.",
    "watch": "Whether to go on with the changes, instead of listing once.",
    "namespace": "object name and auth scope, such as for teams and projects",
}
TYPES = {
    "force": "boolean", "allowWatchBookmarks": "boolean", "limit": "integer", "sendInitialEvents": "boolean", "timeoutSeconds": "integer", "watch": "boolean",
    "gracePeriodSeconds": "integer", "orphanDependents": "boolean", "ignoreStoreReadErrorWithClusterBreakingPotential": "boolean",
}  # fmt: skip
WRITE = ("dryRun", "fieldManager", "fieldValidation")
LIST = (
    "allowWatchBookmarks", "continue", "fieldSelector", "labelSelector", "limit", "resourceVersion", "resourceVersionMatch",
    "sendInitialEvents", "timeoutSeconds", "watch",
)  # fmt: skip
DELETE = ("dryRun", "gracePeriodSeconds", "ignoreStoreReadErrorWithClusterBreakingPotential", "orphanDependents", "propagationPolicy")


def _described(name: str) -> str:
    """What the published definitions say of an option, where they know it."""
    options = definitions().raw[META + "DeleteOptions"]["properties"]
    return str(options[name]["description"]) if name in options else TEXTS[name]


def parameter(name: str, where: str = "query", text: str = "") -> Raw:
    found: Raw = {"description": text or _described(name), "in": where, "name": name}
    if where == "path":
        found["required"] = True
    return found | {"schema": {"type": TYPES.get(name, "string"), "uniqueItems": True}}


def group_id(group: str) -> str:
    """`rbac.authorization.k8s.io` → `RbacAuthorization`; the core group is `Core`."""
    return "".join(part.title() for part in (group or "core").removesuffix(".k8s.io").split(".")) if "." in group or group else "Core"


class KindOperations:
    """Describes every path of one kind in one version. `name_of` gives a kind's schema name."""

    def __init__(self, kind: Kind, version: str, name: str, names: dict[tuple[str, str, str], str]) -> None:
        self.kind, self.version, self.name, self.names = kind, version, name, names
        gid = group_id(kind.group)
        self.id = f"{gid}{version.title()}"
        self.tag = f"{gid[:1].lower()}{gid[1:]}_{version}"
        base = f"/apis/{kind.group}/{version}" if kind.group else f"/api/{version}"
        self.all = f"{base}/{kind.plural}"
        self.collection = f"{base}/namespaces/{{namespace}}/{kind.plural}" if kind.namespaced else self.all
        self.item = f"{self.collection}/{{name}}"
        self.scope = "Namespaced" if kind.namespaced else ""

    def paths(self) -> dict[str, Raw]:
        found = {self.collection: self._collection(), self.item: self._item()}
        if self.kind.namespaced and "list" in self.kind.verbs:
            everywhere = self._operation("list", "get", f"list or watch objects of kind {self.kind.kind}", f"list{self.id}{self.kind.kind}ForAllNamespaces")
            everywhere["responses"] = self._answers(self.name + "List", ("200",), STREAMS)
            found[self.all] = {"get": everywhere, "parameters": [parameter(p) for p in sorted([*LIST, "pretty"])]}
        for sub in self._subresources():
            found[f"{self.item}/{sub.name}"] = self._subresource(sub)
        return {path: item for path, item in found.items() if len(item) > 1}

    def _subresources(self) -> list[Subresource]:
        subs = dict(self.kind.subresources)
        if self.kind.scale is not None and "scale" not in subs:
            subs["scale"] = Subresource("scale", kind="Scale", group="autoscaling", version="v1")
        return list(subs.values())

    def _operation(self, action: str, verb: str, text: str, operation_id: str, gvk: tuple[str, str, str] | None = None) -> Raw:
        group, version, kind = gvk or (self.kind.group, self.version, self.kind.kind)
        return {
            "description": text,
            "operationId": operation_id,
            "tags": [self.tag],
            "x-kubernetes-action": action,
            "x-kubernetes-group-version-kind": {"group": group, "kind": kind, "version": version},
        }

    def _answers(self, name: str, codes: tuple[str, ...], forms: tuple[str, ...] = PLAIN) -> Raw:
        content = {form: {"schema": {"$ref": V3 + name}} for form in forms}
        texts = {"200": "OK", "201": "Created", "202": "Accepted"}
        return {code: {"content": content, "description": texts[code]} for code in codes} | {"401": {"description": "Unauthorized"}}

    def _body(self, name: str, forms: tuple[str, ...] = ("*/*",), required: bool = True) -> Raw:
        found: Raw = {"content": {form: {"schema": {"$ref": V3 + name}} for form in forms}}
        return {"requestBody": found | ({"required": True} if required else {})}

    def _path_parameters(self, kind: str = "") -> list[Raw]:
        found = [parameter("name", "path", f"name of the {kind}")] if kind else []
        if self.kind.namespaced:
            found.append(parameter("namespace", "path"))
        return [*found, parameter("pretty")]

    def _collection(self) -> Raw:
        kind, suffix = self.kind.kind, f"{self.scope}{self.kind.kind}"
        found: Raw = {"parameters": self._path_parameters()}
        if "list" in self.kind.verbs:
            operation = self._operation("list", "get", f"list or watch objects of kind {kind}", f"list{self.id}{suffix}")
            operation["parameters"] = [parameter(p) for p in LIST]
            found["get"] = operation | {"responses": self._answers(self.name + "List", ("200",), STREAMS)}
        if "create" in self.kind.verbs:
            found["post"] = self._write("post", f"create {_article(kind)} {kind}", f"create{self.id}{suffix}", self.name, ("200", "201", "202"))
        if "deletecollection" in self.kind.verbs:
            operation = self._operation("deletecollection", "delete", f"delete collection of {kind}", f"delete{self.id}Collection{suffix}")
            operation["parameters"] = [parameter(p) for p in sorted({*LIST, *DELETE} - {"allowWatchBookmarks", "watch"})]
            found["delete"] = operation | self._body(META + "DeleteOptions", required=False) | {"responses": self._answers(META + "Status", ("200",))}
        return found

    def _write(self, verb: str, text: str, operation_id: str, name: str, codes: tuple[str, ...], gvk: tuple[str, str, str] | None = None) -> Raw:
        operation = self._operation(verb, verb, text, operation_id, gvk)
        operation["parameters"] = [parameter(p) for p in WRITE]
        return operation | self._body(name) | {"responses": self._answers(name, codes)}

    def _patch(self, text: str, operation_id: str, name: str, gvk: tuple[str, str, str] | None = None) -> Raw:
        operation = self._operation("patch", "patch", text, operation_id, gvk)
        operation["parameters"] = [parameter(p) for p in (*WRITE, "force")]
        forms = PATCHES if self.name.startswith("io.k8s.") else PATCHES[:3]
        return operation | self._body(PATCH, forms) | {"responses": self._answers(name, ("200", "201"))}

    def _item(self) -> Raw:
        kind, suffix = self.kind.kind, f"{self.scope}{self.kind.kind}"
        found: Raw = {"parameters": self._path_parameters(kind)}
        if "get" in self.kind.verbs:
            operation = self._operation("get", "get", f"read the specified {kind}", f"read{self.id}{suffix}")
            found["get"] = operation | {"responses": self._answers(self.name, ("200",))}
        if "update" in self.kind.verbs:
            found["put"] = self._write("put", f"replace the specified {kind}", f"replace{self.id}{suffix}", self.name, ("200", "201"))
        if "patch" in self.kind.verbs:
            found["patch"] = self._patch(f"partially update the specified {kind}", f"patch{self.id}{suffix}", self.name)
        if "delete" in self.kind.verbs:
            operation = self._operation("delete", "delete", f"delete {_article(kind)} {kind}", f"delete{self.id}{suffix}")
            operation["parameters"] = [parameter(p) for p in DELETE]
            found["delete"] = operation | self._body(META + "DeleteOptions", required=False) | {"responses": self._answers(META + "Status", ("200", "202"))}
        return found

    def _subresource(self, sub: Subresource) -> Raw:
        kind = self.kind.kind
        gvk = (sub.group, sub.version, sub.kind) if sub.kind and sub.version else (self.kind.group, self.version, sub.kind or kind)
        name = self.names.get(gvk, self.name)
        suffix = f"{self.scope}{kind}{sub.name.title()}"
        found: Raw = {}
        shared = self._path_parameters(gvk[2])
        if "get" in sub.verbs:
            operation = self._operation("get", "get", f"read {sub.name} of the specified {kind}", f"read{self.id}{suffix}", gvk)
            found["get"] = operation | {"responses": self._answers(name, ("200",))}
        if "update" in sub.verbs:
            found["put"] = self._write("put", f"replace {sub.name} of the specified {kind}", f"replace{self.id}{suffix}", name, ("200", "201"), gvk)
        if "patch" in sub.verbs:
            found["patch"] = self._patch(f"partially update {sub.name} of the specified {kind}", f"patch{self.id}{suffix}", name, gvk)
        if "create" in sub.verbs:
            found["post"] = self._write("post", f"create {sub.name} of a {kind}", f"create{self.id}{suffix}", name, ("200", "201", "202"), gvk)
        if set(found) == {"post"}:
            shared = sorted([*found["post"].pop("parameters"), *shared], key=lambda p: p["name"])
        return found | {"parameters": shared} if found else {"parameters": []}


def _article(kind: str) -> str:
    return "an" if kind[:1] in "AEIOU" else "a"
