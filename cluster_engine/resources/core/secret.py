"""Secret: settings that not everybody may read, encoded in base64.

Models pkg/registry/core/secret/strategy.go.
"""

from base64 import b64encode
from typing import Any

from cluster_engine.resources.kind import Column, Kind, Manifest, Request
from cluster_engine.resources.table import AGE, CORE, NAME, age


def default(secret: Manifest) -> None:
    if not secret.get("type"):
        secret["type"] = "Opaque"
    texts = secret.pop("stringData", None)
    if texts:
        data = secret.setdefault("data", {})
        for key, text in texts.items():
            data[key] = b64encode(text.encode()).decode()


def prepare_update(secret: Manifest, old: Manifest, request: Request) -> None:
    if not secret.get("type"):
        secret["type"] = old.get("type", "")


def row(secret: Manifest, now: float) -> list[Any]:
    return [secret["metadata"].get("name", ""), secret.get("type", ""), len(secret.get("data") or ()), age(secret, now)]


KIND = Kind(
    group="",
    kind="Secret",
    plural="secrets",
    default=default,
    prepare_update=prepare_update,
    columns=(NAME, Column("Type", described_by=CORE + "Secret.type"), Column("Data", described_by=CORE + "Secret.data"), AGE),
    row=row,
    selectable={"type": lambda s: s.get("type", "")},
)
