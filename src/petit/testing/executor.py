"""An executor that runs nothing and tells what the test wrote in its script."""

from __future__ import annotations

import asyncio
import errno
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from petit.core.clock import Millis
from petit.core.ids import AttemptId, split_attempt_id
from petit.execution.base import Adopted, AttemptSpec, CouldNotStart, Ended, Report, Started
from petit.testing.clock import ManualClock


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of an attempt.

    Attributes:
        duration_ms: Virtual running time; None runs until `finish`, a timeout or a cancel ends it.
        exit_code: Exit status; ignored where `signal` is given.
        signal: Signal number that ends it.
        could_not_start: A sentence: no process came to be.
        start_ms: Virtual time between submission and the process.
        ignores_term: Cancel and timeout end it only after its grace, by SIGKILL.
    """

    duration_ms: Millis | None = 10
    exit_code: int = 0
    signal: int | None = None
    could_not_start: str | None = None
    start_ms: Millis = 0
    ignores_term: bool = False


SUCCEEDS = Outcome()
FAILS = Outcome(exit_code=1)
HOLDS = Outcome(duration_ms=None)

Script = Outcome | Sequence[Outcome] | Callable[[AttemptSpec], Outcome]
"""One outcome for every attempt; or one for each in turn, the last for all that follow; or a function."""


class _Attempt:
    """An attempt that this executor was given."""

    def __init__(self, spec: AttemptSpec, outcome: Outcome) -> None:
        self.spec = spec
        self.outcome = outcome
        self.started: Started | None = None
        self.ending: str | None = None
        self.alarms: list[Callable[[], None]] = []


class ScriptedExecutor:
    """Implements `petit.execution.base.Executor` in virtual time.

    It outlives engines: what runs when one engine lets go (or is simply dropped, as by SIGKILL) goes on,
    and the next `start` answers with it.

    Attributes:
        submitted: All specifications ever accepted, in order; an attempt submitted twice is here once.
        cancelled: Attempts that `cancel` was called for.
        acknowledged: Attempts whose ends were acknowledged.
        peak: The most attempts that ever ran at a time.
    """

    name = "local"
    keeper_pid: int | None = None

    def __init__(
        self,
        clock: ManualClock,
        script: Mapping[str, Script] | None = None,
        *,
        default: Script = SUCCEEDS,
        makes_log_dirs: bool = False,
    ) -> None:
        """Make an executor.

        Args:
            clock: What its attempts' durations are counted on.
            script: By task id or by `argv[0]`; the task id wins.
            default: For all that the script does not name.
            makes_log_dirs: Make each attempt's log directory, as the contract says and as recovery looks for.
        """
        self._makes_log_dirs = makes_log_dirs
        self._clock = clock
        self.script: dict[str, Script] = dict(script or {})
        self.default = default
        self.submitted: list[AttemptSpec] = []
        self.cancelled: list[AttemptId] = []
        self.acknowledged: list[AttemptId] = []
        self.peak = 0
        self._attempts: dict[AttemptId, _Attempt] = {}
        self._ended: dict[AttemptId, Ended | CouldNotStart] = {}
        self._on_reports: Callable[[list[Report]], None] | None = None
        self._reports: list[Report] = []
        self._pids = 1000

    # --- the port ---
    async def start(self, on_reports: Callable[[list[Report]], None]) -> Adopted:
        """Report to `on_reports` from now on; return what goes on of an earlier engine's attempts."""
        self._on_reports = on_reports
        self._reports.clear()
        return Adopted(running=self.running, ended=tuple(self._ended.values()))

    def submit(self, specs: list[AttemptSpec]) -> None:
        """Let attempts begin as the script says."""
        for spec in specs:
            if spec.id in self._attempts or spec.id in self._ended:
                continue
            self.submitted.append(spec)
            attempt = _Attempt(spec, self._outcome(spec))
            self._attempts[spec.id] = attempt
            self._later(attempt, attempt.outcome.start_ms, self._begin)

    def cancel(self, attempt: AttemptId) -> None:
        """End an attempt as TERM, grace and KILL would."""
        self.cancelled.append(attempt)
        if attempt in self._attempts:
            self._terminate(self._attempts[attempt], "cancelled")

    def acknowledge(self, attempts: list[AttemptId]) -> None:
        """Forget the ends of these attempts."""
        self.acknowledged.extend(attempts)
        for attempt in attempts:
            self._ended.pop(attempt, None)

    async def close(self, *, leave_running: bool) -> None:
        """Let go of the engine; without `leave_running`, end all attempts first."""
        if not leave_running:
            for attempt in list(self._attempts.values()):
                self._end(attempt, signal_=signal.SIGKILL, cause="cancelled")
            self._deliver()
        self._on_reports = None

    # --- what a test does ---
    @property
    def running(self) -> tuple[Started, ...]:
        """The attempts whose processes exist, oldest first."""
        return tuple(attempt.started for attempt in self._attempts.values() if attempt.started is not None)

    @property
    def running_tasks(self) -> list[str]:
        """The task ids of the attempts that run, oldest first."""
        return [split_attempt_id(started.attempt)[1] for started in self.running]

    @property
    def submitted_tasks(self) -> list[str]:
        """The task ids of all that was ever submitted, in order."""
        return [split_attempt_id(spec.id)[1] for spec in self.submitted]

    def finish(self, which: str, *, exit_code: int = 0, signal: int | None = None) -> None:
        """End a running attempt now; `which` is an attempt id, or a task id (its oldest attempt).

        Raises:
            KeyError: No such attempt runs.
        """
        self._end(self._find(which), exit_code=exit_code, signal_=signal)

    def lose(self, which: str) -> None:
        """Let a running attempt end so that nobody can know how (its keeper died)."""
        self._end(self._find(which), exit_code=None, cause="lost")

    def reboot(self) -> None:
        """Forget everything, as a machine that lost power: attempts neither run nor ended."""
        for attempt in self._attempts.values():
            self._silence(attempt)
        self._attempts.clear()
        self._ended.clear()
        self._reports.clear()
        self._on_reports = None

    # --- how it goes on ---
    def _outcome(self, spec: AttemptSpec) -> Outcome:
        _, task_id, number = split_attempt_id(spec.id)
        script = self.script.get(task_id, self.script.get(spec.argv[0], self.default))
        if isinstance(script, Outcome):
            return script
        if callable(script):
            return script(spec)
        return script[min(number, len(script)) - 1]

    def _later(self, attempt: _Attempt, ms: Millis, then: Callable[[_Attempt], None]) -> None:
        if ms > 0:
            attempt.alarms.append(self._clock.call_later(ms, lambda: then(attempt)))
        else:
            asyncio.get_running_loop().call_soon(lambda: self._if_alive(attempt, then))

    def _if_alive(self, attempt: _Attempt, then: Callable[[_Attempt], None]) -> None:
        if self._attempts.get(attempt.spec.id) is attempt:
            then(attempt)

    def _begin(self, attempt: _Attempt) -> None:
        outcome, spec = attempt.outcome, attempt.spec
        if self._makes_log_dirs:
            Path(spec.log_dir).mkdir(parents=True, exist_ok=True)
        if outcome.could_not_start is not None:
            self._over(
                attempt, CouldNotStart(spec.id, outcome.could_not_start, errno.ENOENT, self._clock.now())
            )
            return
        self._pids += 1
        attempt.started = Started(spec.id, self._pids, self._clock.now())
        self.peak = max(self.peak, len(self.running))
        self._report(attempt.started)
        if spec.timeout_ms is not None:
            self._later(attempt, spec.timeout_ms, lambda late: self._terminate(late, "timeout"))
        if outcome.duration_ms is not None:
            self._later(
                attempt,
                outcome.duration_ms,
                lambda done: self._end(done, exit_code=outcome.exit_code, signal_=outcome.signal),
            )

    def _terminate(self, attempt: _Attempt, cause: str) -> None:
        if attempt.ending is not None:
            return
        attempt.ending = cause
        if attempt.outcome.ignores_term and attempt.started is not None:
            grace_ms = attempt.spec.grace_ms
            self._later(attempt, grace_ms, lambda late: self._end(late, signal_=signal.SIGKILL, cause=cause))
        else:
            self._end(attempt, signal_=signal.SIGTERM, cause=cause)

    def _end(
        self,
        attempt: _Attempt,
        *,
        exit_code: int | None = None,
        signal_: int | None = None,
        cause: str | None = None,
    ) -> None:
        code = None if signal_ is not None else exit_code
        number = None if signal_ is None else int(signal_)
        self._over(attempt, Ended(attempt.spec.id, code, number, self._clock.now(), cause or attempt.ending))

    def _over(self, attempt: _Attempt, report: Ended | CouldNotStart) -> None:
        self._silence(attempt)
        del self._attempts[attempt.spec.id]
        self._ended[attempt.spec.id] = report
        self._report(report)

    @staticmethod
    def _silence(attempt: _Attempt) -> None:
        for cancel in attempt.alarms:
            cancel()
        attempt.alarms.clear()

    def _find(self, which: str) -> _Attempt:
        for attempt_id, attempt in self._attempts.items():
            if attempt.started and which in {attempt_id, split_attempt_id(attempt_id)[1]}:
                return attempt
        raise KeyError(f"no running attempt of '{which}'; running: {self.running_tasks}")

    def _report(self, report: Report) -> None:
        if self._on_reports is None:
            return
        if not self._reports:
            asyncio.get_running_loop().call_soon(self._deliver)
        self._reports.append(report)

    def _deliver(self) -> None:
        reports, self._reports = self._reports, []
        if reports and self._on_reports is not None:
            self._on_reports(reports)
