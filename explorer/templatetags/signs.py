"""`{% glyph "api" %}` and `{% sign "ready" %}`: the language's drawings as inline SVG, from static/js/lib/glyphs.json."""

import json
import re
from functools import cache
from typing import Any

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from explorer.places import ROOT

register = template.Library()
KEY = re.compile(r"^(\s*(?:- )*)([\w./-]+|\x27[^\x27]+\x27)(:)(?=\s|$)(.*)$")
OPEN = '<svg class="icon {}" width="{}" height="{}" viewBox="0 0 {} {}" fill="none" stroke="currentColor" stroke-width="1.5" '
OPEN += 'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{}</svg>'


@cache
def table() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "static" / "js" / "lib" / "glyphs.json").read_text())
    return found


def _path(part: dict[str, Any]) -> str:
    marks = f'd="{part["d"]}"'
    marks += ' fill="currentColor"' if part.get("fill") else ""
    marks += ' stroke="none"' if part.get("line") == 0 else ""
    marks += ' stroke="var(--surface)"' if part.get("knock") else ""
    marks += f' stroke-width="{part["width"]}"' if "width" in part else ""
    marks += f' stroke-dasharray="{" ".join(str(n) for n in part["dash"])}"' if "dash" in part else ""
    return f"<path {marks}/>"


@cache
def _drawing(kind: str, name: str) -> SafeString:
    parts = table()["glyphs"][name] if kind == "glyph" else table()["signs"][name]["draw"]
    return mark_safe("".join(_path(part) for part in parts))


@register.simple_tag
def glyph(name: str, size: int = 16, hue: str = "") -> SafeString:
    """A component's or a view's glyph; an unknown name draws the plain list."""
    known = name if name in table()["glyphs"] else "obj"
    return format_html(OPEN, f"hue-{hue}" if hue else "", size, size, 16, 16, _drawing("glyph", known))


@register.simple_tag
def sign(name: str, size: int = 14) -> SafeString:
    """A state's sign in its tone."""
    known = name if name in table()["signs"] else "unknown"
    return format_html(OPEN, f"tone-{table()['signs'][known]['tone']}", size, size, 14, 14, _drawing("sign", known))


@register.filter
def percent(share: float) -> str:
    """0.463 as "46"."""
    return str(round((share or 0) * 100))


@register.filter
def seen(event: dict[str, Any]) -> str:
    """When an event was last seen, as a time of day."""
    moment = event.get("lastTimestamp") or event.get("eventTime") or (event.get("metadata") or {}).get("creationTimestamp") or ""
    return str(moment)[11:19]


@register.filter
def reason(condition: dict[str, Any]) -> str:
    """A condition's reason; its status where it gives none."""
    return str(condition.get("reason") or condition.get("status") or "")


@register.filter
def message(condition: dict[str, Any]) -> str:
    """A condition's message, or its reason."""
    return str(condition.get("message") or condition.get("reason") or "")


@register.filter
def sentence(text: str) -> str:
    """A reason with a capital, unless it begins with a name that has none ("php-redis runs")."""
    return text[:1].upper() + text[1:] if text.split(" ", 1)[0].isalpha() else text


@register.filter
def bare(key: str) -> str:
    """An object's name without its namespace."""
    return key.rpartition("/")[2]


@register.filter
def inked(text: str) -> SafeString:
    """YAML in three inks: keys, marks and values."""
    return mark_safe("\n".join(_inked_line(line) for line in text.splitlines()))


def _inked_line(line: str) -> str:
    found = KEY.match(line)
    if found is None:
        return str(escape(line))
    return f"{escape(found[1])}<b>{escape(found[2])}</b><i>:</i>{escape(found[4])}"
