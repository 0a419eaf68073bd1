"""From a task that may start to the specification that an executor runs, and from its report to a result."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from pathlib import Path

import msgspec

from petit.core.clock import Millis
from petit.core.ids import RunId, TaskId, attempt_id
from petit.core.job import Job, Task
from petit.core.launch import CannotLaunch, Launcher, pick_base_env
from petit.core.progress import End
from petit.core.retry import Failure
from petit.core.variables import BadEnvFile, parse_env_file
from petit.execution.base import AttemptSpec, CouldNotStart, Ended
from petit.scheduler.options import EngineOptions

LAUNCHERS_KEPT = 256
"""Definitions whose constant parts are kept; more are made again when they run."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What an attempt's end means.

    Attributes:
        failure: What a retry is decided on; None where it went well or was cancelled.
    """

    status: End
    error: str | None = None
    cause: str | None = None
    failure: Failure | None = None


def judge(report: Ended | CouldNotStart, task: Task) -> Verdict:
    """Say what the end of an attempt means, in the words its record shows."""
    if isinstance(report, CouldNotStart):
        return Verdict(
            status="failed",
            error=report.error,
            cause="could_not_start",
            failure=Failure(kind="could_not_start"),
        )
    if report.cause == "cancelled":
        return Verdict(status="cancelled", error="cancelled", cause="cancelled")
    if report.cause == "timeout":
        limit = (task.timeout_ms or 0) / 1000
        return Verdict(
            status="failed",
            error=f"timed out after {limit:g} s",
            cause="timeout",
            failure=Failure(kind="timeout"),
        )
    if report.cause == "lost":
        return Verdict(
            status="interrupted",
            error="interrupted: its process went on without a keeper, and nobody can know how it ended",
            cause="lost",
            failure=Failure(kind="lost"),
        )
    if report.exit_code == 0:
        return Verdict(status="completed")
    if report.signal is not None:
        return Verdict(
            status="failed", error=f"killed by {_name(report.signal)}", failure=Failure(kind="signal")
        )
    return Verdict(
        status="failed",
        error=f"exit code {report.exit_code}",
        failure=Failure(kind="exit", exit_code=report.exit_code),
    )


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


class Launches:
    """Makes attempt specifications; what does not change between attempts is made once."""

    def __init__(self, options: EngineOptions) -> None:
        self._options = options
        self._base = pick_base_env(options.environ, options.pass_environment)
        self._launchers: dict[str, Launcher] = {}

    def launcher(self, definition: str, job: Job) -> Launcher:
        """Return the launcher of a definition, by its hash; those used lately are kept."""
        launcher = self._launchers.get(definition)
        if launcher is None:
            if len(self._launchers) >= LAUNCHERS_KEPT:
                self._launchers.clear()
            launcher = Launcher(job, base_env=self._base, scheduler_env=self._options.environ)
            self._launchers[definition] = launcher
        return launcher

    def log_dir(self, run_id: RunId, task_id: TaskId, number: int) -> str:
        """Return an attempt's log directory; the runs of some hours share a parent."""
        return f"{self._options.logs_dir}/{run_id[:6]}/{run_id}/{task_id}.{number}"

    def spec(
        self,
        launcher: Launcher,
        job: Job,
        task: Task,
        *,
        run_id: RunId,
        number: int,
        scheduled_for: Millis | None,
    ) -> AttemptSpec:
        """Make the specification of an attempt. Raises CannotLaunch, saying what is missing."""
        launch = launcher.launch(
            task,
            run_id=run_id,
            number=number,
            scheduled_for=scheduled_for,
            env_file=self._env_file(job),
        )
        return AttemptSpec(
            id=attempt_id(run_id, task.id, number),
            argv=launch.argv,
            env=launch.env,
            cwd=launch.cwd,
            log_dir=self.log_dir(run_id, task.id, number),
            timeout_ms=task.timeout_ms,
            grace_ms=task.grace_ms,
            log_limit=self._options.log_limit if job.log_limit is None else job.log_limit,
        )

    @staticmethod
    def _env_file(job: Job) -> Mapping[str, str]:
        if job.env_file is None:
            return {}
        try:
            return parse_env_file(Path(job.env_file).read_text(encoding="utf-8"))
        except OSError as error:
            raise CannotLaunch(f"cannot read env_file '{job.env_file}': {error.strerror}") from error
        except (BadEnvFile, UnicodeDecodeError) as error:
            raise CannotLaunch(f"env_file '{job.env_file}': {error}") from error
