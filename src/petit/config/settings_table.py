"""The table of all settings: what each is called, where, and what it may be."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from petit.config.sizes import MIN_LOG_BYTES, parse_size
from petit.core.duration import BadDuration, parse_duration

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TRUTH = {
    "true": True,
    "1": True,
    "yes": True,
    "on": True,
    "false": False,
    "0": False,
    "no": False,
    "off": False,
}
_ORIGIN = re.compile(r"(https?)://(?:\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::([1-9][0-9]{0,4}))?")
_USUAL_PORTS = {"http": "80", "https": "443"}
_MAX_COUNT = 1_000_000


class BadValue(ValueError):
    """A value is not allowed; `str()` may give a reason."""


class Kind(msgspec.Struct, frozen=True):
    """What a setting may be.

    Attributes:
        read: Returns the value that a text or a TOML value means, or raises BadValue.
        allowed: The same in words.
        unit: Suffix of the struct member that holds the value.
    """

    read: Callable[[object], Any]
    allowed: str
    unit: str = ""


class Setting(msgspec.Struct, frozen=True):
    """One setting.

    Attributes:
        key: Dotted key in the TOML file.
        kind: What it may be.
        variable: Environment variable.
        doc: A sentence about it.
        flag: Parameter of the command line, None where there is none.
        is_negated: Whether the flag turns it off.
        default: The default in words, where the value does not tell.
    """

    key: str
    kind: Kind
    variable: str
    doc: str
    flag: str | None = None
    is_negated: bool = False
    default: str | None = None

    @property
    def section(self) -> str:
        """The section of the TOML file; empty for the top."""
        return self.key.rpartition(".")[0]

    @property
    def member(self) -> str:
        """Its name in the struct of its section."""
        return self.key.rpartition(".")[2] + self.kind.unit

    @property
    def option(self) -> str | None:
        """The flag as it is typed."""
        return None if self.flag is None else "--" + self.flag.replace("_", "-")

    def from_flag(self, value: object) -> object:
        """Return the value that a flag means."""
        return not _truth(value) if self.is_negated else value


def _truth(value: object) -> bool:
    if isinstance(value, bool):
        return value
    found = _TRUTH.get(value.lower()) if isinstance(value, str) else None
    if found is None:
        raise BadValue
    return found


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise BadValue
    return value


def _choice(*words: str) -> Kind:
    def read(value: object) -> object:
        if value not in words:
            raise BadValue
        return value

    return Kind(read, " or ".join(f'"{word}"' for word in words))


def _whole(least: int, most: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise BadValue
        return value

    return read


def _limit(value: object) -> int | None:
    return None if value == "none" else _whole(1, _MAX_COUNT)(value)


def _size_or_none(value: object) -> int | None:
    return None if value == "none" else _size(0)(value)


def _some_time_or_none(value: object) -> int | None:
    return None if value == "none" else _some_time(value)


def _duration(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadValue
    try:
        return parse_duration(value)
    except BadDuration as error:
        raise BadValue(error.evidence["reason"]) from None


def _some_time(value: object) -> int:
    duration = _duration(value)
    if duration == 0:
        raise BadValue
    return duration


def _size(least: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        is_number = isinstance(value, int) and not isinstance(value, bool)
        size = parse_size(str(value)) if is_number or isinstance(value, str) else None
        if size is None or size < least:
            raise BadValue
        return size

    return read


def _names(check: Callable[[str], bool]) -> Callable[[object], tuple[str, ...]]:
    def read(value: object) -> tuple[str, ...]:
        items = [each.strip() for each in value.split(",")] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(each, str) and check(each) for each in items):
            raise BadValue
        return tuple(items)

    return read


def _origins(value: object) -> tuple[str, ...]:
    items = [each.strip() for each in value.split(",")] if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or not all(isinstance(each, str) for each in items):
        raise BadValue
    for item in items:
        if item == "*":
            raise BadValue("any page could call then: name those that may")
        found = _ORIGIN.fullmatch(item)
        if found is None or found[2] == _USUAL_PORTS[found[1]]:  # browsers leave the usual port out
            raise BadValue
    return tuple(items)


def _zone(value: object) -> str:
    from petit.core.schedule_zone import nearest_zones  # noqa: PLC0415 - zones cost memory; most settings name none

    zone = _text(value)
    near = nearest_zones(zone)
    if near is not None:
        raise BadValue(f"did you mean {' or '.join(near)}?" if near else "")
    return zone


def _is_host(text: str) -> bool:
    return bool(text) and text.isprintable() and not any(each in text for each in " /@")


def _is_variable(text: str) -> bool:
    return _VARIABLE.fullmatch(text) is not None


def _host(value: object) -> str:
    text = _text(value)
    if not _is_host(text):
        raise BadValue
    return text


_FLAG = Kind(_truth, "true or false")
_PATH = Kind(_text, "a path")
_COUNT = Kind(_whole(1, _MAX_COUNT), f"a whole number from 1 to {_MAX_COUNT:,}")
_TIME = Kind(_some_time, "a duration such as 500ms, 10s, 5m", "_ms")

SETTINGS: tuple[Setting, ...] = (
    Setting(
        "state_dir", _PATH, "PETIT_STATE_DIR", "Directory of logs, lock and sockets.",
        flag="state_dir", default=".petit beside the database",
    ),
    Setting(
        "storage.engine", _choice("sqlite", "memory"), "PETIT_STORAGE_ENGINE",
        "Kind of database; memory forgets all when it ends.",
    ),
    Setting(
        "storage.path", Kind(_text, "a path, or :memory:"), "PETIT_DB", "The database file.",
        flag="db", default="petit.db in the state directory",
    ),
    Setting(
        "api.enabled", _FLAG, "PETIT_API_ENABLED", "Whether the HTTP API listens on TCP.",
        flag="no_api", is_negated=True,
    ),
    Setting(
        "api.host", Kind(_host, "a host name or address"), "PETIT_API_HOST", "Where it listens.",
        flag="api_host",
    ),
    Setting(
        "api.port", Kind(_whole(0, 65535), "a port from 0 to 65535, 0 for any free one"), "PETIT_API_PORT",
        "Its port.", flag="api_port",
    ),
    Setting(
        "api.allowed_hosts", Kind(_names(_is_host), "a list of host names"), "PETIT_API_ALLOWED_HOSTS",
        "Names accepted in the Host header beside localhost and the address: a proxy's, pi.local.",
    ),
    Setting(
        "api.cors_origins", Kind(_origins, "a list of origins such as https://dash.example"),
        "PETIT_API_CORS_ORIGINS",
        "Origins whose pages may call: with a token, and with nothing else.", flag="api_cors_origin",
    ),
    Setting(
        "api.cert", _PATH, "PETIT_API_CERT", "Certificate with its chain, in PEM: TLS from then on.",
        flag="api_cert", default="none",
    ),
    Setting(
        "api.key", _PATH, "PETIT_API_KEY", "Its key, in PEM, without a password.",
        flag="api_key", default="none",
    ),
    Setting(
        "api.behind_proxy", _FLAG, "PETIT_API_BEHIND_PROXY",
        "Whether all calls over TCP come from a proxy, which does TLS; each of them then needs a token.",
        flag="api_behind_proxy",
    ),
    Setting(
        "api.max_body", Kind(_size(1024), "a size of at least 1KiB, such as 1MiB"), "PETIT_API_MAX_BODY",
        "Largest body of a request.", default="1MiB",
    ),
    Setting("api.max_streams", _COUNT, "PETIT_API_MAX_STREAMS", "Event and log streams at a time."),
    Setting(
        "api.header_timeout", _TIME, "PETIT_API_HEADER_TIMEOUT",
        "Until the headers of a request must be there.", default="10s",
    ),
    Setting(
        "api.body_timeout", _TIME, "PETIT_API_BODY_TIMEOUT",
        "Until the body of a request must be there.", default="30s",
    ),
    Setting(
        "scheduler.max_jobs", Kind(_limit, f'a whole number from 1 to {_MAX_COUNT:,}, or "none"'),
        "PETIT_MAX_JOBS", "Runs at a time over all jobs.", flag="max_jobs", default="none",
    ),
    Setting(
        "scheduler.max_tasks", _COUNT, "PETIT_MAX_TASKS",
        "Tasks at a time in one run, where its job says nothing.", flag="max_tasks",
    ),
    Setting(
        "scheduler.tick_interval", _TIME, "PETIT_TICK_INTERVAL",
        "Upper bound of the loop's sleep; it wakes anyway when something is due.",
        flag="tick_interval", default="none",
    ),
    Setting(
        "scheduler.timezone", Kind(_zone, "an IANA name such as Europe/Berlin"), "PETIT_TIMEZONE",
        "Zone of schedules that name none.",
    ),
    Setting(
        "scheduler.pass_environment", Kind(_names(_is_variable), "a list of names of variables"),
        "PETIT_PASS_ENVIRONMENT",
        "Variables of the scheduler that tasks get beside PATH, HOME, LANG, TZ and USER.",
    ),
    Setting(
        "scheduler.log_limit", Kind(_size(MIN_LOG_BYTES), "a size of at least 1KiB, such as 10MiB"),
        "PETIT_LOG_LIMIT", "Bytes kept of each stream of an attempt, where its job says nothing.",
        default="10MiB",
    ),
    Setting(
        "scheduler.grace", Kind(_duration, "a duration such as 0, 500ms, 10s", "_ms"), "PETIT_GRACE",
        "Time between TERM and KILL, where a job says nothing.", default="10s",
    ),
    Setting(
        "retention.max_age", Kind(_some_time_or_none, 'a duration such as 30d, or "none"', "_ms"),
        "PETIT_RETENTION_MAX_AGE", "Runs that ended longer ago are removed.", default="90d",
    ),
    Setting(
        "retention.max_runs", Kind(_limit, f'a whole number from 1 to {_MAX_COUNT:,}, or "none"'),
        "PETIT_RETENTION_MAX_RUNS", "So many runs of each job are kept, the newest.",
    ),
    Setting(
        "retention.max_log_bytes", Kind(_size_or_none, 'a size such as 500MB, 10GB, or "none"'),
        "PETIT_RETENTION_MAX_LOG_BYTES",
        "While all logs take more room on the disk, those of the oldest runs are removed.", default="2GB",
    ),
    Setting(
        "retention.every", _TIME, "PETIT_RETENTION_EVERY", "How often to look for what may be removed.",
        default="1h",
    ),
    Setting(
        "log.level", _choice("debug", "info", "warning", "error"), "PETIT_LOG_LEVEL",
        "How much the scheduler's own log tells.", flag="log_level",
    ),
    Setting(
        "log.format", _choice("text", "json"), "PETIT_LOG_FORMAT", "Log lines for people or for programs.",
        flag="log_format",
    ),
)  # fmt: skip
