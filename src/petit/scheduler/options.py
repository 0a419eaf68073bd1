"""What the engine is told once, at its start."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from petit.core.clock import Millis

MIN_FREE_BYTES = 16 * 1024 * 1024
"""Health says that the disk is full below this."""


class EngineOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Limits and facts of the surroundings.

    Attributes:
        max_jobs: Runs at a time over all jobs; None for no limit.
        max_tasks: Tasks at a time in one run, where its job says nothing.
        log_limit: Bytes kept of each stream of an attempt, where the job says nothing.
        pass_environment: Names of the scheduler's variables that tasks get beside the usual ones.
        environ: The scheduler's environment.
        logs_dir: Absolute directory of the log files.
        boot_id: The machine's boot id: `@reboot` fires once for each.
        fire: False in a one-shot run: nothing starts by schedule and no gap is judged.
        tick_ms: Upper bound of the loop's sleep; None for none but its own.
        host: Name stored with attempts.
    """

    logs_dir: str
    max_jobs: int | None = None
    max_tasks: int = 4
    log_limit: int = 10 * 1024 * 1024
    pass_environment: tuple[str, ...] = ()
    environ: Mapping[str, str] = {}
    boot_id: str = ""
    fire: bool = True
    tick_ms: Millis | None = None
    host: str | None = None
