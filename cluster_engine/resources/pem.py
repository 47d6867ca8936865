"""PEM blocks in text, read as Go's encoding/pem reads them."""

import base64
import binascii
import re
from dataclasses import dataclass

_block = re.compile(rb"-----BEGIN ([^\n-]*)-----[ \t]*\r?\n(.*?)-----END \1-----[ \t]*(?:\r?\n|$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """One block: its type, whether it has headers, its DER, and where it stood in the text."""

    type: str
    headers: bool
    der: bytes
    start: int
    end: int


def blocks(text: bytes) -> list[Block]:
    """Every well-formed block, in order."""
    found = []
    for match in _block.finditer(text):
        head, separator, body = match[2].partition(b"\n\n")
        has_headers = bool(separator) and b":" in head
        try:
            der = base64.b64decode(b"".join((body if has_headers else match[2]).split()), validate=True)
        except binascii.Error:
            continue
        found.append(Block(match[1].decode("utf-8", "replace"), has_headers, der, match.start(), match.end()))
    return found


def decoded(text: str | None) -> bytes:
    """The bytes that a manifest's base64 text stands for."""
    return base64.b64decode(text or "")
