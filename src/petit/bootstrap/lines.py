"""Log lines: how they look, as text for people or as JSON for collectors."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

import msgspec

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_COLOURS = {"WARNING": "33", "ERROR": "31", "CRITICAL": "31"}


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return what was given as `extra`: the facts of a line, by name."""
    return {
        name: value for name, value in vars(record).items() if name not in _STANDARD and value is not None
    }


class TextLines(logging.Formatter):
    """`2026-11-23 02:00:00 info  nightly/extract started  attempt=1 pid=4242`, in local time."""

    def __init__(self, *, is_coloured: bool) -> None:
        super().__init__()
        self._is_coloured = is_coloured
        self._second = 0
        self._moment = ""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line; a traceback only where debug lines are on."""
        facts = "".join(f" {name}={_value(value)}" for name, value in fields_of(record).items())
        level = self._paint(record.levelname.lower().ljust(7), _COLOURS.get(record.levelname))
        message = _one_line(record.getMessage())
        line = f"{self._moment_of(record)} {level} {message}{self._paint(facts and f' {facts}', '2')}"
        return line + _cause(record, self.formatException)

    def _moment_of(self, record: logging.LogRecord) -> str:
        """Return the local time; it is worked out once a second, for it costs as much as all the rest."""
        second = int(record.created)
        if second != self._second:
            moment = datetime.fromtimestamp(second, UTC).astimezone()
            self._second, self._moment = second, self._paint(f"{moment:%Y-%m-%d %H:%M:%S}", "2")
        return self._moment

    def _paint(self, text: str, code: str | None) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._is_coloured and text and code else text


class JsonLines(logging.Formatter):
    """One JSON object in a line: `time` (RFC 3339, UTC), `level`, `message`, and the facts by name."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        moment = datetime.fromtimestamp(record.created, UTC)
        entry = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "message": record.getMessage() + _cause(record, self.formatException),
            **fields_of(record),
        }
        return msgspec.json.encode(entry, enc_hook=str).decode()


def set_up_logging(
    level: str, form: str, *, environ: Mapping[str, str], stream: TextIO | None = None
) -> None:
    """Send all log lines to standard error (or `stream`).

    Args:
        level: "debug", "info", "warning" or "error".
        form: "text" or "json".
        environ: NO_COLOR and TERM are looked at.
        stream: Where to write instead.
    """
    target = sys.stderr if stream is None else stream
    is_coloured = target.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
    handler = logging.StreamHandler(target)
    handler.setFormatter(JsonLines() if form == "json" else TextLines(is_coloured=is_coloured))
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for library in ("asyncio", "uvicorn", "watchfiles"):
        logging.getLogger(library).setLevel("DEBUG" if level == "debug" else "WARNING")
    _leave_out_what_no_line_shows()
    # A reader of our lines that goes away must not end the scheduler with complaints about its own logging.
    logging.raiseExceptions = False


def _leave_out_what_no_line_shows() -> None:
    """Let records be without place in the code, thread and process: finding these out is 40 % of a line.

    A run writes four lines and its trigger one, which is a fifth of what a run takes of the processor.
    """
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    if sys.version_info >= (3, 12):
        logging.logAsyncioTasks = False


def _cause(record: logging.LogRecord, write_out: Any) -> str:
    """Return what raised: one phrase, or the whole traceback where debug lines are on."""
    if not record.exc_info or record.exc_info[1] is None:
        return ""
    if logging.getLogger().isEnabledFor(logging.DEBUG):
        return f"\n{write_out(record.exc_info)}"
    error = record.exc_info[1]
    return f": {type(error).__name__}: {_one_line(str(error))}"


def _one_line(text: str) -> str:
    """Return text that can neither break the line nor steer a terminal."""
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape", "backslashreplace").decode("ascii")
        for each in text
    )


def _value(value: Any) -> str:
    text = _one_line(str(value))
    return f'"{text}"' if " " in text else text
