"""Volumes whose files come from the API: configMap, secret, downwardAPI, and projected, which joins them with tokens.

Models pkg/volume/{configmap,secret,downwardapi,projected}. What a file shows follows the object (after the kubelet's cache
saw it); an immutable object is read once like any other, and never changes.
"""

import base64
from functools import partial
from typing import Any

from cluster_engine.volumes.plugin import Entries, Manifest, NotReady, Sources, Volume

Bytes = dict[str, bytes]


def config_map(namespace: str, name: str, source: Manifest, sources: Sources) -> Volume:
    return _checked(name, partial(_config_map, namespace, source, sources))


def secret(namespace: str, name: str, source: Manifest, sources: Sources) -> Volume:
    named = {**source, "name": source.get("secretName", "")}
    return _checked(name, partial(_secret, namespace, named, sources))


def downward(namespace: str, name: str, source: Manifest, sources: Sources) -> Volume:
    return _checked(name, partial(_downward, source, sources))


def projected(namespace: str, name: str, source: Manifest, sources: Sources) -> Volume:
    """All parts in one directory. Tokens are asked for when they are read first, not at every mount."""
    for part in source.get("sources") or ():
        if "serviceAccountToken" not in part:
            _part(namespace, part, sources)
    return Volume(name, name, Entries(partial(_joined, namespace, source, sources)), True)


def _checked(name: str, entries: Any) -> Volume:
    entries()
    return Volume(name, name, Entries(entries), True)


def _joined(namespace: str, source: Manifest, sources: Sources) -> Bytes:
    result: Bytes = {}
    for part in source.get("sources") or ():
        result.update(_part(namespace, part, sources))
    return result


def _part(namespace: str, part: Manifest, sources: Sources) -> Bytes:
    if "configMap" in part:
        return _config_map(namespace, part["configMap"], sources)
    if "secret" in part:
        return _secret(namespace, part["secret"], sources)
    if "downwardAPI" in part:
        return _downward(part["downwardAPI"], sources)
    if "serviceAccountToken" in part:
        token = part["serviceAccountToken"]
        return {token["path"]: sources.token(token.get("audience", ""), int(token.get("expirationSeconds") or 3600)).encode()}
    return {}


def _config_map(namespace: str, source: Manifest, sources: Sources) -> Bytes:
    found = sources.config_map(namespace, source.get("name", ""))
    if found is None:
        return _missing("configmap", source)
    entries = {key: value.encode() for key, value in (found.get("data") or {}).items()}
    entries |= {key: base64.b64decode(value) for key, value in (found.get("binaryData") or {}).items()}
    return _chosen(entries, source, "configmap references non-existent config key: {}")


def _secret(namespace: str, source: Manifest, sources: Sources) -> Bytes:
    found = sources.secret(namespace, source.get("name", ""))
    if found is None:
        return _missing("secret", source)
    entries = {key: base64.b64decode(value or "") for key, value in (found.get("data") or {}).items()}
    return _chosen(entries, source, "references non-existent secret key: {}")


def _downward(source: Manifest, sources: Sources) -> Bytes:
    return {
        item["path"]: (sources.field(item["fieldRef"]["fieldPath"]) if "fieldRef" in item else sources.resource(item["resourceFieldRef"])).encode()
        for item in source.get("items") or ()
    }


def _missing(kind: str, source: Manifest) -> Bytes:
    if source.get("optional"):
        return {}
    raise NotReady(f'{kind} "{source.get("name", "")}" not found')


def _chosen(entries: Bytes, source: Manifest, complaint: str) -> Bytes:
    if not source.get("items"):
        return entries
    result: Bytes = {}
    for item in source["items"]:
        if item["key"] in entries:
            result[item["path"]] = entries[item["key"]]
        elif not source.get("optional"):
            raise NotReady(complaint.format(item["key"]))
    return result
