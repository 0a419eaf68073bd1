"""From the fields of a task to a `Task`."""

from __future__ import annotations

from typing import Any

from petit.config.report import Report
from petit.config.tables import Fields
from petit.core.clock import Millis
from petit.core.job import NO_RETRY, Retry, Task, TaskKind

DEFAULT_SHELL = ("sh", "-eu")
DEFAULT_PYTHON = ("python3",)

# Which keys a kind of task has beside those that all have; any other of these is a mistake.
_KEYS_OF_KIND: dict[TaskKind, tuple[str, ...]] = {
    "command": ("command", "args"),
    "script": ("run", "shell"),
    "python": ("script", "inline", "python", "args"),
}
NEEDED: dict[TaskKind, str] = {"command": "command", "script": "run", "python": "script"}
_KIND_WORDS: dict[TaskKind, str] = {
    "command": "a command task",
    "script": "a `run:` task",
    "python": "a python task",
}
_PARTICULAR = {name for names in _KEYS_OF_KIND.values() for name in names}


def task_of(
    fields: Fields, defaults: Fields | None, job: Fields, report: Report, grace_ms: Millis
) -> Task | None:
    """Return the task that these fields make; what does not fit together goes to `report`.

    Args:
        fields: Of the task.
        defaults: Of the job's `defaults`, where there are any.
        job: Of the job, whose `grace` and `on_interrupt` hold where the other two say nothing.
        report: Where problems go.
        grace_ms: Where none of the three says otherwise.

    Returns:
        None where there is not even a valid id.
    """
    task_id = fields.get("id")
    kind = _kind_of(fields)
    _check_keys(fields, kind, report)
    retry = _inherited("retry", fields, defaults, None)
    if task_id is None:
        return None
    return Task(
        id=task_id,
        name=fields.get("name", task_id),
        kind=kind,
        command=fields.get("command"),
        args=fields.get("args", ()),
        script=fields.get("run") if kind == "script" else fields.get("script"),
        inline=fields.get("inline", False),
        interpreter=_interpreter(kind, fields, defaults),
        working_dir=_inherited("working_dir", fields, defaults, None),
        environment=fields.get("environment", {}),
        depends_on=fields.get("depends_on", ()),
        condition=fields.get("condition", "all_success"),
        timeout_ms=_timeout(fields, defaults),
        grace_ms=_inherited("grace", fields, defaults, job.get("grace", grace_ms)),
        retry=NO_RETRY if retry is None else retry_of(retry),
        allow_failure=_inherited("allow_failure", fields, defaults, False),
        on_interrupt=_inherited("on_interrupt", fields, defaults, job.get("on_interrupt", "fail")),
    )


def check_retry(fields: Fields | None, report: Report) -> None:
    """Report what does not fit together in a `retry`."""
    if fields is None:
        return
    if fields.key("max_attempts") is None:
        report.warn(fields.node, "without `max_attempts` nothing is tried again")
    longest, key = fields.get("max_delay"), fields.key("max_delay")
    if longest is not None and key is not None and longest < _delay(fields):
        report.refuse(key, "`max_delay` is shorter than the delay")
    codes = fields.key("transient_exit_codes")
    if codes is not None and fields.get("condition", "always") != "transient_only":
        report.refuse(codes, "`transient_exit_codes` needs `condition: transient_only`")


def retry_of(fields: Fields) -> Retry:
    """Return the retry that these fields make."""
    return Retry(
        delay_ms=_delay(fields),
        max_delay_ms=fields.get("max_delay"),
        **fields.values(
            "max_attempts", "backoff", "jitter", "condition", "exit_codes", "transient_exit_codes"
        ),
    )


def _delay(fields: Fields) -> Millis:
    delay: Millis = fields.get("delay", fields.get("delay_secs", 0))
    return delay


def _timeout(fields: Fields, defaults: Fields | None) -> Millis | None:
    for source in (fields, defaults):
        if source is not None:
            timeout: Millis | None = source.get("timeout", source.get("timeout_secs"))
            if timeout is not None:
                return timeout
    return None


def _inherited(name: str, fields: Fields, defaults: Fields | None, otherwise: Any) -> Any:
    """Return a value of the task, else of the defaults, else the last resort."""
    found = fields.get(name)
    if found is None and defaults is not None:
        found = defaults.get(name)
    return otherwise if found is None else found


def _interpreter(kind: TaskKind, fields: Fields, defaults: Fields | None) -> tuple[str, ...]:
    if kind == "command":
        return ()
    name, otherwise = ("shell", DEFAULT_SHELL) if kind == "script" else ("python", DEFAULT_PYTHON)
    argv: tuple[str, ...] = _inherited(name, fields, defaults, otherwise)
    return argv


def _kind_of(fields: Fields) -> TaskKind:
    if fields.key("run") is not None:
        return "script"
    kind: TaskKind = fields.get("type", "command")
    return kind


def _check_keys(fields: Fields, kind: TaskKind, report: Report) -> None:
    type_field = fields.key("type")
    if type_field is not None and fields.field("type") is None:
        return  # the type itself was refused: which keys it has is not known
    needed = NEEDED[kind]
    if fields.key(needed) is None:
        _refuse_missing(fields, kind, needed, report)
    for name in sorted(_PARTICULAR - set(_KEYS_OF_KIND[kind])):
        key = fields.key(name)
        # `run` excludes command, script and type already as alternatives of the table.
        if key is not None and not (kind == "script" and name in {"command", "script"}):
            report.refuse(key, f"`{name}` has no meaning for {_KIND_WORDS[kind]}", _advice(name, kind))


def _refuse_missing(fields: Fields, kind: TaskKind, needed: str, report: Report) -> None:
    at = fields.key("type") or fields.key("id") or fields.node
    if kind == "command" and fields.key("type") is None:
        report.refuse(at, "a task needs `command`, `run`, or `type: python` with `script`")
    else:
        report.refuse(at, f"{_KIND_WORDS[kind]} needs `{needed}`")


def _advice(name: str, kind: TaskKind) -> str | None:
    if name in {"script", "inline", "python"}:
        return "write `type: python`"
    if name == "args" and kind == "script":
        return "write them into the script"
    return None
