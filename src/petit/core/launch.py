"""What an attempt runs: the argument vector, the environment and the directory of its process."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from petit.core.clock import Millis
from petit.core.errors import PetitError
from petit.core.ids import RunId, TaskId
from petit.core.job import Job, Task
from petit.core.variables import BadReference, MissingVariable, resolve

DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"
BASE_NAMES = ("PATH", "HOME", "LANG", "TZ", "USER")

_NOT_IN_NAME = re.compile(r"[^A-Z0-9_]")


class CannotLaunch(PetitError):
    """An attempt cannot be started; `str()` says what is missing and where it is named."""


class Launch(msgspec.Struct, frozen=True):
    """What to execute. `env` is the whole environment; `cwd` None means where Petit was started."""

    argv: tuple[str, ...]
    env: dict[str, str]
    cwd: str | None


class _Constant(msgspec.Struct, frozen=True):
    """What all attempts of a task share. `over` wins over an env file; `env` is it on top of the base."""

    argv: tuple[str, ...]
    over: dict[str, str]
    env: dict[str, str]


class Launcher:
    """Makes the launches of one job; what is the same in all attempts of a task is made once, on its first.

    Args:
        job: The job.
        base_env: What tasks get of the scheduler's environment (`pick_base_env`).
        scheduler_env: The scheduler's environment, in which `${VAR}` is looked up.
    """

    def __init__(self, job: Job, *, base_env: Mapping[str, str], scheduler_env: Mapping[str, str]) -> None:
        self._job = job
        self._base = base_env
        self._scheduler_env = scheduler_env
        self._constants: dict[TaskId, _Constant] = {}

    def launch(
        self,
        task: Task,
        *,
        run_id: RunId,
        number: int,
        scheduled_for: Millis | None,
        env_file: Mapping[str, str],
    ) -> Launch:
        """Return what an attempt of `task` runs.

        Later ones win: base, env file, the job's environment, the task's, Petit's own `PETIT_*`.

        Args:
            task: A task of the job.
            run_id: Its run.
            number: The attempt, from 1.
            scheduled_for: Due time of the occurrence; None for a manual run.
            env_file: Contents of the job's env file.

        Raises:
            CannotLaunch: A variable is missing.
        """
        constant = self._constants.get(task.id)
        if constant is None:
            constant = self._constants[task.id] = self._make_constant(task)
        env = {**self._base, **env_file, **constant.over} if env_file else constant.env.copy()
        env["PETIT_RUN_ID"] = run_id
        env["PETIT_ATTEMPT"] = str(number)
        if scheduled_for is None:
            env.pop("PETIT_SCHEDULED_FOR", None)
        else:
            env["PETIT_SCHEDULED_FOR"] = rfc3339(scheduled_for)
        return Launch(constant.argv, env, task.working_dir)

    def _make_constant(self, task: Task) -> _Constant:
        over = {
            **self._environment(self._job.environment, f"environment of job '{self._job.id}'"),
            **self._environment(task.environment, f"environment of task '{task.id}'"),
            **config_env(self._job.config),
            "PETIT_JOB_ID": self._job.id,
            "PETIT_TASK_ID": task.id,
        }
        return _Constant(self._argv(task), over, {**self._base, **over})

    def _environment(self, written: Mapping[str, str], where: str) -> dict[str, str]:
        return {name: self._resolve(value, f"{name} in the {where}") for name, value in written.items()}

    def _argv(self, task: Task) -> tuple[str, ...]:
        args = [
            self._resolve(arg, f"args[{place}] of task '{task.id}'") for place, arg in enumerate(task.args)
        ]
        if task.kind == "command":
            return (task.command or "", *args)
        script = task.script or ""
        if task.kind == "script":
            return (*task.interpreter, "-c", script)
        return (*task.interpreter, "-c", script, *args) if task.inline else (*task.interpreter, script, *args)

    def _resolve(self, text: str, where: str) -> str:
        try:
            return resolve(text, self._scheduler_env)
        except (MissingVariable, BadReference) as error:
            raise CannotLaunch(f"{where}: {error}", **error.evidence) from error


def launch(
    job: Job,
    task: Task,
    *,
    run_id: RunId,
    number: int,
    scheduled_for: Millis | None,
    base_env: Mapping[str, str],
    scheduler_env: Mapping[str, str],
    env_file: Mapping[str, str],
) -> Launch:
    """Return what a single attempt runs; see `Launcher`, which is faster for many."""
    launcher = Launcher(job, base_env=base_env, scheduler_env=scheduler_env)
    return launcher.launch(task, run_id=run_id, number=number, scheduled_for=scheduled_for, env_file=env_file)


def pick_base_env(environ: Mapping[str, str], pass_environment: Iterable[str]) -> dict[str, str]:
    """Return what tasks get of the scheduler's environment: the usual names and those of the settings."""
    picked = {name: environ[name] for name in (*BASE_NAMES, *pass_environment) if name in environ}
    picked.setdefault("PATH", DEFAULT_PATH)
    return picked


def config_env(config: Mapping[str, Any]) -> dict[str, str]:
    """Return `PETIT_CONFIG_<KEY>` for each entry: strings as they are, other values as JSON."""
    return {
        f"PETIT_CONFIG_{_NOT_IN_NAME.sub('_', key.upper())}": (
            value if isinstance(value, str) else msgspec.json.encode(value).decode()
        )
        for key, value in config.items()
    }


def rfc3339(ms: Millis) -> str:
    """Write a moment in UTC: "2026-11-23T02:00:00Z"; milliseconds only where there are some."""
    second, rest = divmod(ms, 1000)
    text = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{rest:03}Z" if rest else f"{text}Z"
