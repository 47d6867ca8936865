"""The API for pages: the same HTTP semantics as for kubectl, without a socket in between, in a person's name."""

from dataclasses import dataclass
from typing import Any

import orjson

from cluster_engine.apiserver.http import HttpRequest

ADMIN = ("kubernetes-admin", ("system:masters",))
READER = "page"  # looks and dry runs, which maps leave out: they would show the page itself
WRITER = "form"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API answered. `revision`: the newest revision that it shows."""

    status: int
    body: bytes
    revision: int = 0
    warnings: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return self.status < 400

    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.body or b"{}")
        return found

    @property
    def message(self) -> str:
        """The Status's own words."""
        try:
            return str(self.json().get("message") or f"the API answered {self.status}")
        except orjson.JSONDecodeError:
            return f"the API answered {self.status}"


def ask(hosted: Any, method: str, path: str, *, query: str = "", body: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
    """One request of the owner, from a page."""
    writes = method != "GET" and "dryRun" not in query
    request = HttpRequest(method, path, query, {"user-agent": WRITER if writes else READER, **(headers or {})}, body, certificate=ADMIN)
    response = hosted.api.handle(request)
    hosted.ring()
    warnings = tuple(value for name, value in response.headers if name.lower() == "warning")
    return Answer(response.status, response.body, response.revision, warnings)
