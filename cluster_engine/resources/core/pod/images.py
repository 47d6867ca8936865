"""Image references: which part of `registry:5000/name:tag@digest` is the tag, and how often it must be pulled again.

Models pkg/util/parsers/parsers.go.
"""

import re
from functools import lru_cache

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_HOST = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_DOMAIN = rf"(?:{_HOST}(?:\.{_HOST})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
REFERENCE = re.compile(
    rf"(?P<name>(?:{_DOMAIN}/)?{_COMPONENT}(?:/{_COMPONENT})*)(?::(?P<tag>[\w][\w.-]{{0,127}}))?"
    r"(?:@(?P<digest>[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?",
    re.ASCII,
)


@lru_cache(maxsize=1024)
def default_pull_policy(image: str) -> str:
    """Always for the tag `latest` (also when it is meant by leaving tag and digest out), else IfNotPresent."""
    found = REFERENCE.fullmatch(image)
    if found is None:
        return "IfNotPresent"
    latest = found["tag"] == "latest" or (found["tag"] is None and found["digest"] is None)
    return "Always" if latest else "IfNotPresent"
