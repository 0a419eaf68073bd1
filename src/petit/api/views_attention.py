"""The shapes of what needs somebody. Times are milliseconds."""

from __future__ import annotations

from typing import Literal

import msgspec

from petit.api.views import Run
from petit.core.clock import Millis
from petit.core.ids import JobId, RunId, TaskId
from petit.scheduler.attention import Missed, Trouble
from petit.storage.episodes import Recovered


class AttentionItem(msgspec.Struct, frozen=True, kw_only=True):
    """A job that needs somebody.

    Attributes:
        kind: `failing`: its last finished run failed or was interrupted, cancelled ones passed over.
            `missed`: a due time was missed, and no run was made after that.
        since: When the first of the runs that failed ended, or the first due time that was missed.
        failures: Runs that failed one after the other; 0 for what was missed.
        run: The last of them.
        task_id: The task that failed first in that run, of those whose failure counts; null where none did.
        attempt: Its last attempt.
        stream: Where `error_line` was written.
        error_line: The line that tells best what went wrong, as plain text of at most 500 characters: the
            last one that tells of an error, of stderr before stdout, else the last line.
        offset: Its first byte in the stream.
        missed: What was missed.
    """

    job_id: JobId
    name: str
    kind: Literal["failing", "missed"]
    since: Millis
    failures: int
    run: Run | None
    task_id: TaskId | None
    attempt: int | None
    stream: Literal["stdout", "stderr"] | None
    error_line: str | None
    offset: int | None
    missed: Missed | None

    @classmethod
    def of(cls, trouble: Trouble) -> AttentionItem:
        """Show a trouble."""
        culprit = trouble.culprit
        return cls(
            job_id=trouble.job_id,
            name=trouble.name,
            kind=trouble.kind,
            since=trouble.since,
            failures=trouble.failures,
            run=None if trouble.run is None else Run.of(trouble.run),
            task_id=culprit.task_id,
            attempt=culprit.attempt,
            stream=culprit.stream,
            error_line=culprit.line,
            offset=culprit.offset,
            missed=trouble.missed,
        )


class RecoveredItem(msgspec.Struct, frozen=True, kw_only=True):
    """A job that failed and completed again within the last 24 hours. `run_id` is the run that completed."""

    job_id: JobId
    name: str
    failures: int
    since: Millis
    recovered_at: Millis
    run_id: RunId

    @classmethod
    def of(cls, recovered: Recovered, name: str) -> RecoveredItem:
        """Show a recovery of the job of this name."""
        return cls(
            job_id=recovered.job_id,
            name=name,
            failures=recovered.failures,
            since=recovered.since,
            recovered_at=recovered.recovered_at,
            run_id=recovered.run_id,
        )


class AttentionList(msgspec.Struct, frozen=True, kw_only=True):
    """What needs somebody, the newest first. `total` counts what is left out by `limit`, too."""

    attention: tuple[AttentionItem, ...]
    recovered: tuple[RecoveredItem, ...]
    count: int
    total: int
