"""Custom resources: the life of a CustomResourceDefinition, from accepted names to the last of its objects.

Models k8s.io/apiextensions-apiserver/pkg/controller/{status/naming_controller.go,establish,finalizer}. Upstream runs these loops
inside the API server; here they take their step right after the write that concerns them.
"""

from typing import TYPE_CHECKING, Any

from cluster_engine.apiserver.call import Call
from cluster_engine.apiserver.custom_conversion import converter
from cluster_engine.kernel.clock import timestamp
from cluster_engine.machinery import schema
from cluster_engine.machinery.manifest import Manifest, changed
from cluster_engine.machinery.schema.decode import Decoded
from cluster_engine.machinery.status import ApiError
from cluster_engine.machinery.structural import prune, tree
from cluster_engine.resources.apiextensions.customresourcedefinition import FINALIZER, KIND
from cluster_engine.resources.custom import Version, kind_of, versions
from cluster_engine.resources.kind import Kind
from cluster_engine.store.record import Record

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer

NAME_KEYS = ("plural", "singular", "kind", "listKind", "shortNames", "categories")
APISERVICES = "apiservices.apiregistration.k8s.io"


class CustomResources:
    """Serves what the definitions in the store define."""

    def __init__(self, server: "APIServer") -> None:
        self.server = server
        server.extensions.written[KIND.name] = self.written
        server.extensions.gone.append(self.gone)
        for record in server.store.range(KIND.prefix()).records:
            if _condition(record.object, "Established") == "True":
                self._serve(record.object)

    def served_since(self, kind: Kind) -> int:
        """The revision that made a custom kind; what is older no watch of it can tell. 0 for built-in kinds."""
        record = self.server.store.get(KIND.key("", kind.name)) if kind.custom else None
        return record.create_revision if record is not None else 0

    def written(self, call: Call, record: Record) -> None:
        """A definition was created or changed."""
        crd = record.object
        if crd["metadata"].get("deletionTimestamp"):
            self._clean(crd)
            return
        status = self._judged(crd)
        if status != crd.get("status"):
            why = "the names of the new kind are free" if _says(status, "NamesAccepted") == "True" else "another kind has one of its names"
            self.server.loopback.update(KIND.name, {**crd, "status": status}, subresource="status", why=why)
            return
        if _condition(crd, "Established") == "True":
            self._serve(crd)

    def gone(self, call: Call, old: Record) -> None:
        """The last object of a kind whose definition is going lets the definition go."""
        if call.kind.name == KIND.name:
            self._forget(old.object)
        elif call.kind.custom:
            record = self.server.store.get(KIND.key("", call.kind.name))
            if record is not None and record.object["metadata"].get("deletionTimestamp"):
                self._release(record.object)

    # names

    def _judged(self, crd: Manifest) -> Manifest:
        """The status with the names that the definition may have."""
        wanted = {k: v for k in NAME_KEYS if (v := crd["spec"]["names"].get(k))}
        status = crd.get("status") or {}
        reason, message, accepted = self._conflict(crd, wanted, status.get("acceptedNames") or {})
        good = not reason
        named = _conditioned("NamesAccepted", good, reason or "NoConflicts", message or "no conflicts found")
        ready = good or _condition(crd, "Established") == "True"
        if ready:
            established = _conditioned("Established", True, "InitialNamesAccepted", "the initial names have been accepted")
        else:
            established = _conditioned("Established", False, "NotAccepted", "not all names are accepted")
        found = dict(status)
        found["acceptedNames"] = accepted
        found["conditions"] = self._merged(status.get("conditions") or [], [named, established])
        return found

    def _merged(self, old: list[Manifest], new: list[Manifest]) -> list[Manifest]:
        """Conditions by type; the time of one moves only with its status."""
        found = list(old)
        for condition in new:
            at = next((i for i, c in enumerate(found) if c["type"] == condition["type"]), None)
            if at is None:
                found.append({**condition, "lastTransitionTime": timestamp(self.server.clock.now())})
            elif found[at]["status"] != condition["status"]:
                found[at] = {**condition, "lastTransitionTime": timestamp(self.server.clock.now())}
            else:
                found[at] = {**condition, "lastTransitionTime": found[at]["lastTransitionTime"]}
        return found

    def _conflict(self, crd: Manifest, wanted: Manifest, held: Manifest) -> tuple[str, str, Manifest]:
        """What stands in the way of the wanted names, and the names that are accepted all the same."""
        plurals, kinds = self._taken(crd)
        accepted: Manifest = {"kind": held.get("kind", ""), "plural": held.get("plural", "")}
        reason = message = ""
        for key, taken, why in (("plural", plurals, "Plural"), ("singular", plurals, "Singular"), ("kind", kinds, "Kind"), ("listKind", kinds, "ListKind")):
            name = wanted.get(key, "")
            if name and name in taken:
                reason, message = f"{why}Conflict", f'"{name}" is already in use'
            elif name:
                accepted[key] = name
        clash = [n for n in wanted.get("shortNames") or () if n in plurals]
        if clash:
            reason, message = "ShortNamesConflict", f'"{clash[0]}" is already in use'
        elif wanted.get("shortNames"):
            accepted["shortNames"] = wanted["shortNames"]
        if wanted.get("categories"):
            accepted["categories"] = wanted["categories"]
        if not reason:
            return "", "", accepted
        return reason, message, {k: v for k, v in accepted.items() if k in ("kind", "plural") or k in held}

    def _taken(self, crd: Manifest) -> tuple[set[str], set[str]]:
        """The names of the group's other kinds: those of resources, and those of kinds."""
        plurals: set[str] = set()
        kinds: set[str] = set()
        for kind in self.server.registry:
            if kind.group == crd["spec"]["group"] and kind.name != crd["metadata"]["name"]:
                plurals |= {kind.plural, kind.singular, *kind.short_names}
                kinds |= {kind.kind, kind.list_kind}
        return plurals, kinds

    # serving

    def _serve(self, crd: Manifest) -> None:
        """Put the kind in the registry, with its schemas."""
        known = schema.load()
        kind = kind_of(crd, known.object_meta, converter(crd, self.server.extensions.connector, self.server.chance.uid))
        schemas = self.server.schemas
        for version in versions(crd):
            key = (kind.group, version.name, kind.kind)
            schemas.forget(key)
            schemas.custom[key] = tree.tree(version.schema, known)
            schemas.openapi[key] = version.schema
            schemas.custom_decoders[key] = _decoder(version, known.object_meta)
        self.server.registry.add(kind)
        for served in kind.versions:
            self._announce(kind.group, served)

    def _announce(self, group: str, version: str) -> None:
        """The APIService by which the aggregator finds the group."""
        name = f"{version}.{group}"
        if self.server.registry.get(APISERVICES) is None or self.server.store.get(self.server.registry[APISERVICES].key("", name)) is not None:
            return
        meta = {"name": name, "labels": {"kube-aggregator.kubernetes.io/automanaged": "true"}}
        spec = {"group": group, "version": version, "groupPriorityMinimum": 1000, "versionPriority": 100}
        service = {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": meta, "spec": spec}
        made = self.server.loopback.create(APISERVICES, service, why=f"{group}/{version} is served now")
        condition = {"type": "Available", "status": "True", "lastTransitionTime": timestamp(self.server.clock.now()), "reason": "Local"}
        status = {"conditions": [{**condition, "message": "Local APIServices are always available"}]}
        self.server.loopback.update(APISERVICES, {**made, "status": status}, subresource="status", why="the API server serves it itself")

    def _withdraw(self, group: str) -> None:
        """Take the APIServices away of versions that no kind has any more."""
        served = {v for k in self.server.registry if k.group == group for v in k.versions}
        services = self.server.registry.get(APISERVICES)
        for record in self.server.store.range(services.prefix()).records if services is not None else ():
            spec = record.object["spec"]
            if spec.get("group") == group and spec.get("version") not in served and not spec.get("service"):
                self.server.loopback.delete(APISERVICES, "", record.object["metadata"]["name"], why=f"no kind of {group} is served in this version")

    def _forget(self, crd: Manifest) -> None:
        spec = crd["spec"]
        self.server.registry.remove(crd["metadata"]["name"])
        for version in spec["versions"]:
            self.server.schemas.forget((spec["group"], version["name"], spec["names"]["kind"]))
        self._withdraw(spec["group"])

    # the end

    def _clean(self, crd: Manifest) -> None:
        """Delete all objects of a kind whose definition is going."""
        if FINALIZER not in (crd["metadata"].get("finalizers") or ()):
            return
        kind = self.server.registry.get(crd["metadata"]["name"])
        if kind is None:
            self._release(crd)
            return
        self._delete_all(kind)
        current = self.server.store.get(KIND.key("", kind.name))
        if current is not None:
            self._release(current.object)

    def _delete_all(self, kind: Kind) -> None:
        for record in self.server.store.range(kind.prefix()).records:
            meta = record.object["metadata"]
            try:
                self.server.loopback.delete(kind.name, meta.get("namespace", ""), meta["name"], why=f"the definition of {kind.kind} is being deleted")
            except ApiError as error:
                if error.code != 404:
                    raise

    def _release(self, crd: Manifest) -> None:
        """Take the finalizer away once no object is left."""
        kind = self.server.registry.get(crd["metadata"]["name"])
        finalizers = crd["metadata"].get("finalizers") or []
        if FINALIZER not in finalizers or (kind is not None and self.server.store.range(kind.prefix()).records):
            return
        left = [f for f in finalizers if f != FINALIZER]
        freed = changed(crd, "metadata.finalizers", left)
        self.server.loopback.update(KIND.name, freed, why="no object of the kind is left")


def _decoder(version: Version, meta: schema.Schema) -> Any:
    def read(raw: Any) -> Decoded:
        return prune.read(raw, version.schema, meta)

    return read


def _condition(crd: Manifest, type_: str) -> str:
    return _says(crd.get("status") or {}, type_)


def _says(status: Manifest, type_: str) -> str:
    return next((str(c["status"]) for c in status.get("conditions") or () if c["type"] == type_), "")


def _conditioned(type_: str, good: bool, reason: str, message: str) -> Manifest:
    return {"type": type_, "status": "True" if good else "False", "reason": reason, "message": message}
