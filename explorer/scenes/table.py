"""The API's Table as rows for people: the columns kubectl shows, and which object each row is."""

from dataclasses import dataclass
from typing import Any

from explorer.scenes.sign import Sign

SIGNS: dict[str, Sign] = {
    "Running": "ready", "Ready": "ready", "Active": "ready", "Bound": "ready", "Available": "ready", "Complete": "done", "Completed": "done",
    "Succeeded": "done", "Pending": "pending", "ContainerCreating": "pending", "PodInitializing": "pending", "NotReady": "notready",
    "Terminating": "term", "CrashLoopBackOff": "crash", "Error": "failed", "Failed": "failed", "ErrImagePull": "failed", "ImagePullBackOff": "failed",
    "OOMKilled": "failed", "Evicted": "failed", "Unknown": "unknown", "NodeLost": "unknown", "Ready,SchedulingDisabled": "ready",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    sign: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    namespace: str
    uid: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    more: int = 0


def table_of(printed: dict[str, Any]) -> Table:
    """From meta.k8s.io/v1 Table: the columns of priority 0, the name first."""
    columns = printed.get("columnDefinitions") or []
    shown = [i for i, column in enumerate(columns) if not column.get("priority")]
    rows = tuple(_row(row, shown, columns) for row in printed.get("rows") or [])
    more = int((printed.get("metadata") or {}).get("remainingItemCount") or 0)
    return Table(tuple(columns[i]["name"] for i in shown), rows, more)


def _row(row: dict[str, Any], shown: list[int], columns: list[dict[str, Any]]) -> Row:
    meta = (row.get("object") or {}).get("metadata") or {}
    cells = tuple(_cell(row["cells"][i], columns[i]["name"]) for i in shown)
    return Row(meta.get("name", cells[0].text if cells else ""), meta.get("namespace", ""), meta.get("uid", ""), cells)


def _cell(value: Any, column: str) -> Cell:
    text = "" if value is None else str(value)
    if column in ("Ready", "Up-To-Date", "Available") and "/" in text:
        ready, _, wanted = text.partition("/")
        return Cell(text, "ready" if ready == wanted and wanted != "0" else "notready" if wanted != "0" else "")
    if column in ("Status", "Phase", "Type") and (sign := SIGNS.get(text)):
        return Cell(text, sign)
    return Cell(text)
