"""Logs: one JSON object a line, and nothing in it that opens a door."""

import logging
import re
import traceback
from typing import Any

import orjson

_SECRETS = re.compile(r"(?i)(bearer\s+|/enter/|token[=:\"'\s]+|password[=:\"'\s]+|-----BEGIN [A-Z ]*PRIVATE KEY-----)[^\s\"'&,}]+")
_OWN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


def without_secrets(text: str) -> str:
    """`text` with bearer tokens, login links, passwords and private keys blacked out."""
    return _SECRETS.sub(r"\1[hidden]", text)


DEEPEST = 8


class StructuredFormatter(logging.Formatter):
    """`logger.info("...", extra={...})` becomes a JSON line with the extra fields beside time, level and text."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update((k, v) for k, v in record.__dict__.items() if k not in _OWN and k != "request")
        if record.exc_info:
            line["trace"] = "".join(traceback.format_exception(record.exc_info[1], chain=False)[-DEEPEST:])
        return without_secrets(orjson.dumps(line, default=str).decode())
