"""Settings of the scheduler: flags, then `PETIT_*` variables, then a TOML file, then defaults."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from petit.config.diagnostics import nearest, quoted
from petit.config.settings_table import SETTINGS, BadValue, Setting
from petit.core.clock import Millis
from petit.core.errors import SettingsError
from petit.core.job import DEFAULT_GRACE_MS, DEFAULT_LOG_LIMIT
from petit.core.retention import DEFAULT_POLICY

MEMORY = ":memory:"

_BY_KEY = {setting.key: setting for setting in SETTINGS}
_SECTIONS = sorted({setting.section for setting in SETTINGS} - {""})


class StorageSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`[storage]`: `path` is a file as it was written; None means `petit.db` in the state directory."""

    engine: Literal["sqlite", "memory"] = "sqlite"
    path: str | None = None


class ApiSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`[api]`: where the HTTP API listens and what it bears.

    Attributes:
        enabled: Whether it listens on TCP at all.
        host: Name or address.
        port: 0 lets the system choose.
        allowed_hosts: Names accepted in the Host header beside the usual ones.
        cors_origins: Origins of pages that may call with a token.
        cert: File of the certificate with which it does TLS, as it was written; None for no TLS.
        key: File of its key.
        behind_proxy: Whether all that comes over TCP comes from a proxy, which does TLS for it.
        max_body: Bytes of a request's body.
        max_streams: Event and log streams at a time.
        header_timeout_ms: Until the headers of a request must be there.
        body_timeout_ms: Until its body must be there.
    """

    enabled: bool = True
    host: str = "127.0.0.1"
    port: int = 8565
    allowed_hosts: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
    cert: str | None = None
    key: str | None = None
    behind_proxy: bool = False
    max_body: int = 1024 * 1024
    max_streams: int = 64
    header_timeout_ms: Millis = 10_000
    body_timeout_ms: Millis = 30_000


class SchedulerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`[scheduler]`: limits, and what holds where a job file says nothing.

    Attributes:
        max_jobs: Runs at a time over all jobs; None for no limit.
        max_tasks: Tasks at a time in one run.
        tick_interval_ms: Upper bound of the loop's sleep; None for none but its own.
        timezone: IANA name of the zone of schedules that name none.
        pass_environment: Names of the scheduler's variables that tasks get beside the usual ones.
        log_limit: Bytes kept of each stream of an attempt.
        grace_ms: Time between TERM and KILL.
    """

    max_jobs: int | None = None
    max_tasks: int = 4
    tick_interval_ms: Millis | None = None
    timezone: str = "UTC"
    pass_environment: tuple[str, ...] = ()
    log_limit: int = DEFAULT_LOG_LIMIT
    grace_ms: Millis = DEFAULT_GRACE_MS


class RetentionSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`[retention]`: how much is kept; None for all of it.

    Attributes:
        max_age_ms: Runs that ended longer ago go.
        max_runs: Runs of a job beyond the newest so many go.
        max_log_bytes: Logs of the oldest runs go while all take more room.
        every_ms: How often to look.
    """

    max_age_ms: Millis | None = DEFAULT_POLICY.max_age_ms
    max_runs: int | None = DEFAULT_POLICY.max_runs
    max_log_bytes: int | None = DEFAULT_POLICY.max_log_bytes
    every_ms: Millis = 3_600_000


class LogSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`[log]`: the scheduler's own log lines."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings. `state_dir` is as it was written; None means `.petit` beside the database.

    Attributes:
        state_dir: Logs, lock and sockets.
        storage: The database.
        api: The HTTP API.
        scheduler: The engine.
        retention: What goes when it is old.
        log: The log lines.
        file: The TOML file that was read, None where there is none.
    """

    state_dir: str | None = None
    storage: StorageSettings = StorageSettings()
    api: ApiSettings = ApiSettings()
    scheduler: SchedulerSettings = SchedulerSettings()
    retention: RetentionSettings = RetentionSettings()
    log: LogSettings = LogSettings()
    file: str | None = None

    @property
    def database(self) -> str | None:
        """`:memory:`, a path or URL as written, or None for `petit.db` in the state directory."""
        return MEMORY if self.storage.engine == "memory" else self.storage.path


def load_settings(flags: Mapping[str, object], environ: Mapping[str, str], *, cwd: Path) -> Settings:
    """Put the settings together.

    Args:
        flags: Options of the command line that were given, by the name of their parameter (`max_jobs`); texts
            or values. `config` names the TOML file.
        environ: Where `PETIT_*`, `XDG_CONFIG_HOME` and `HOME` are looked up; an empty variable is none.
        cwd: Directory that a relative `config` starts from.

    Raises:
        SettingsError: Names each wrong setting: where it was given, its key, and what is allowed.
    """
    problems: list[str] = []
    values: dict[str, Any] = {}
    file = _config_file(flags, environ, cwd)
    if file is not None:
        values.update(_from_file(file, problems))
    for source in (_from_environment(environ, problems), _from_flags(flags, problems)):
        _let_database_decide(values, source)
        values.update(source)
    if values.get("storage.engine") == "memory" and values.get("storage.path") not in {None, MEMORY}:
        problems.append(f'{_name_of(file)}: storage.path has no meaning for storage.engine = "memory"')
    if ("api.cert" in values) != ("api.key" in values):
        missing = "api.key" if "api.cert" in values else "api.cert"
        problems.append(f"{missing} is missing: a certificate and its key go together")
    if problems:
        raise SettingsError("\n".join(problems), problems=problems)
    return _settings(values, file)


def describe_settings() -> list[dict[str, Any]]:
    """Return the reference of all settings: key, variable, flag, default, what is allowed, a sentence."""
    defaults = msgspec.to_builtins(Settings())
    return [
        {
            "key": each.key,
            "variable": each.variable,
            "flag": each.option,
            "default": each.default or _lookup(defaults, each),
            "allowed": each.kind.allowed,
            "doc": each.doc,
        }
        for each in SETTINGS
    ]


def _lookup(values: Mapping[str, Any], setting: Setting) -> Any:
    return (values[setting.section] if setting.section else values)[setting.member]


def _let_database_decide(values: dict[str, Any], source: dict[str, Any]) -> None:
    """Let `--db` and `PETIT_DB` overrule the engine that a file names: they say which database is meant."""
    path = source.get("storage.path")
    if path is not None:
        values["storage.engine"] = "memory" if path == MEMORY else "sqlite"


def _config_file(flags: Mapping[str, object], environ: Mapping[str, str], cwd: Path) -> Path | None:
    """Return the TOML file to read: the one that was asked for, or the user's own if it is there."""
    asked = flags.get("config")
    if asked is not None:
        return cwd / Path(str(asked)).expanduser()
    base = environ.get("XDG_CONFIG_HOME", "")
    if not base.startswith("/"):  # the XDG specification ignores relative ones
        home = environ.get("HOME", "")
        if not home.startswith("/"):
            return None
        base = f"{home}/.config"
    file = Path(base) / "petit" / "config.toml"
    # A directory that cannot be entered belongs to somebody else (sudo keeps HOME): that is not our file.
    is_ours = os.access(file.parent, os.X_OK)
    return file if is_ours and file.exists() else None


def _from_file(file: Path, problems: list[str]) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415 - 7 ms of each command's start, and most have no file

    try:
        content = tomllib.loads(file.read_bytes().decode())
    except OSError as error:
        raise SettingsError(f"{file}: cannot be read: {error.strerror}", source=str(file)) from None
    except UnicodeDecodeError:
        raise SettingsError(f"{file}: is not UTF-8", source=str(file)) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file}: is not TOML: {error}", source=str(file)) from None
    found: dict[str, Any] = {}
    for key, value in _flat(content):
        setting = _BY_KEY.get(key)
        if setting is None:
            problems.append(_unknown(file, key))
        else:
            _read(setting, value, f"{file}: {key}", found, problems)
    if found.get("storage.path") == MEMORY:
        found.setdefault("storage.engine", "memory")
    return found


def _flat(content: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield dotted keys and values; a section that should be none, or the reverse, stays as it is."""
    for name, value in content.items():
        if isinstance(value, dict) and name not in _BY_KEY:
            if name not in _SECTIONS:
                yield name, value
                continue
            for key, inner in value.items():
                yield f"{name}.{key}", inner
        else:
            yield name, value


def _from_environment(environ: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for setting in SETTINGS:
        value = environ.get(setting.variable)
        if value:
            _read(setting, value, f"environment: {setting.variable}", found, problems)
    return found


def _from_flags(flags: Mapping[str, object], problems: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for setting in SETTINGS:
        value = None if setting.flag is None else flags.get(setting.flag)
        if value is not None:
            _read(setting, setting.from_flag(value), f"{setting.option}", found, problems)
    return found


def _read(setting: Setting, value: object, source: str, found: dict[str, Any], problems: list[str]) -> None:
    try:
        found[setting.key] = setting.kind.read(value)
    except BadValue as error:
        shown = quoted(value) if isinstance(value, str) else repr(value)
        reason = f" ({error})" if str(error) else ""
        problems.append(f"{source}: {shown} is not allowed{reason}; expected {setting.kind.allowed}")


def _unknown(file: Path, key: str) -> str:
    if key in _SECTIONS:
        return f"{file}: {key} is a section; write [{key}]"
    section, _, _ = key.rpartition(".")
    known = [each.key for each in SETTINGS if each.section == section]
    if not section:
        known += [f"[{each}]" for each in _SECTIONS]
    near = nearest(key, [*_BY_KEY, *_SECTIONS])
    meant = f"did you mean {near}?" if near else f"known are {', '.join(known)}"
    return f"{file}: unknown key {quoted(key)}; {meant}"


def _name_of(file: Path | None) -> str:
    return "settings" if file is None else str(file)


def _settings(values: Mapping[str, Any], file: Path | None) -> Settings:
    sections: dict[str, dict[str, Any]] = {name: {} for name in ("", *_SECTIONS)}
    for key, value in values.items():
        setting = _BY_KEY[key]
        sections[setting.section][setting.member] = value
    return Settings(
        **sections[""],
        storage=StorageSettings(**sections["storage"]),
        api=ApiSettings(**sections["api"]),
        scheduler=SchedulerSettings(**sections["scheduler"]),
        retention=RetentionSettings(**sections["retention"]),
        log=LogSettings(**sections["log"]),
        file=None if file is None else str(file),
    )
