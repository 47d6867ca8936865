"""The table of messages: which field has which number and type, read from `fields.txt` when first needed.

A line without indent begins a message; each line below it is a number, a name and a type, which `[]` (repeated), `map` (text to
the type) or `inline` may precede.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

SAME_AS = {"api.resource.v1.": "api.resource.v1beta2."}
META = "apimachinery.pkg.apis.meta.v1."
META_KINDS = ("DeleteOptions", "CreateOptions", "UpdateOptions", "PatchOptions", "ListOptions", "GetOptions", "Status")


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `form`: "", "[]", "map" or "inline"."""

    name: str
    form: str
    type: str


@cache
def messages() -> dict[str, dict[int, Field]]:
    """Every message's fields by number."""
    found: dict[str, dict[int, Field]] = {}
    shape: dict[int, Field] = {}
    for line in (Path(__file__).parent / "fields.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith(" "):
            shape = found[line] = {}
            continue
        number, name, *form, type_ = line.split()
        shape[int(number)] = Field(name, form[0] if form else "", type_)
    return found


def message_of(api_version: str, kind: str) -> str:
    """The message of a kind, such as `api.apps.v1.Deployment`."""
    if kind in META_KINDS:
        return META + kind
    group, _, version = api_version.rpartition("/")
    name = f"api.{group.split('.')[0] or 'core'}.{version}.{kind}"
    for prefix, same in SAME_AS.items():
        if name.startswith(prefix):
            return name.replace(prefix, same, 1)
    return name
