"""Secret: settings that not everybody may read, encoded in base64.

Models pkg/registry/core/secret/strategy.go.
"""

from base64 import b64decode, b64encode
from typing import Any

from cluster_engine.machinery.field import Errors, invalid, required, too_long
from cluster_engine.machinery.json_text import JsonSyntaxError, parse
from cluster_engine.resources.checks import IMMUTABLE
from cluster_engine.resources.core.configmap import LARGEST, validate_key, validate_sealed
from cluster_engine.resources.kind import Column, Kind, Manifest, Request
from cluster_engine.resources.table import AGE, CORE, NAME, age


def default(secret: Manifest) -> None:
    if not secret.get("type"):
        secret["type"] = "Opaque"
    for key, value in (secret.get("data") or {}).items():
        if value is None:
            secret["data"][key] = ""
    texts = secret.pop("stringData", None)
    if texts:
        data = secret.setdefault("data", {})
        for key, text in texts.items():
            data[key] = b64encode(text.encode()).decode()


def prepare_update(secret: Manifest, old: Manifest, request: Request) -> None:
    if not secret.get("type"):
        secret["type"] = old.get("type", "")


ACCOUNT = "kubernetes.io/service-account.name"
REQUIRED = {
    "kubernetes.io/basic-auth": ("username", "password"),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
}
DOCKER = {"kubernetes.io/dockercfg": ".dockercfg", "kubernetes.io/dockerconfigjson": ".dockerconfigjson"}


def validate(secret: Manifest) -> Errors:
    found: Errors = []
    data, kind = secret.get("data") or {}, secret.get("type", "")
    for key in data:
        validate_key(f"data[{key}]", key, found)
    if sum(len(text) for text in data.values()) * 3 // 4 > LARGEST:
        found.append(too_long("data", LARGEST))
    if kind == "kubernetes.io/service-account-token":
        if not (secret["metadata"].get("annotations") or {}).get(ACCOUNT):
            found.append(required(f"metadata.annotations[{ACCOUNT}]"))
    elif kind in DOCKER:
        _validate_docker(data, DOCKER[kind], found)
    elif kind == "kubernetes.io/basic-auth":
        if not any(key in data for key in REQUIRED[kind]):
            found += [required(f"data[{key}]") for key in REQUIRED[kind]]
    elif kind == "kubernetes.io/ssh-auth":
        if not data.get("ssh-privatekey"):
            found.append(required("data[ssh-privatekey]"))
    elif kind == "kubernetes.io/tls":
        found += [required(f"data[{key}]") for key in REQUIRED[kind] if key not in data]
    return found


def _validate_docker(data: dict[str, str], key: str, found: Errors) -> None:
    """Credentials of image registries must be a JSON object."""
    if key not in data:
        found.append(required(f"data[{key}]"))
        return
    try:
        value = parse(b64decode(data[key])).value
    except JsonSyntaxError as error:
        found.append(invalid(f"data[{key}]", "<secret contents redacted>", str(error)))
        return
    if (value is not None and not isinstance(value, dict | list)) or isinstance(value, list):
        word = {str: "string", bool: "bool", list: "array"}.get(type(value), "number")
        why = f"json: cannot unmarshal {word} into Go value of type map[string]interface {{}}"
        found.append(invalid(f"data[{key}]", "<secret contents redacted>", why))


def validate_update(secret: Manifest, old: Manifest) -> Errors:
    found: Errors = []
    if secret.get("type") != old.get("type"):
        found.append(invalid("type", secret.get("type", ""), IMMUTABLE))
    return found + validate_sealed(secret, old, ("data",))


def warnings(secret: Manifest, old: Manifest | None) -> list[str]:
    """A certificate and key that no server could use."""
    if secret.get("type") != "kubernetes.io/tls":
        return []
    data = secret.get("data") or {}
    for key, noun in (("tls.crt", "certificate"), ("tls.key", "key")):
        if b"-----BEGIN " not in b64decode(data.get(key, "")):
            return [f"tls: failed to find any PEM data in {noun} input"]
    return []


def row(secret: Manifest, now: float) -> list[Any]:
    return [secret["metadata"].get("name", ""), secret.get("type", ""), len(secret.get("data") or ()), age(secret, now)]


KIND = Kind(
    group="",
    kind="Secret",
    plural="secrets",
    default=default,
    prepare_update=prepare_update,
    validate=validate,
    validate_update=validate_update,
    warnings=warnings,
    columns=(NAME, Column("Type", described_by=CORE + "Secret.type"), Column("Data", described_by=CORE + "Secret.data"), AGE),
    row=row,
    selectable={"type": lambda s: s.get("type", "")},
)
