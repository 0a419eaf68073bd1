"""Runs that begin at a time of their own: until then they hold nothing and stand in nobody's way."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from petit.core.clock import Millis
from petit.core.ids import RunId
from petit.scheduler.agenda import Agenda, Slot
from petit.storage.records import RunRow


class Later:
    """Pending runs with a `run_at`. It is a time of the wall clock, as the due times of schedules are."""

    def __init__(self, wake: Callable[[], None]) -> None:
        """Make one; `wake` has the engine's loop look anew at what comes next."""
        self._wake = wake
        self._rows: dict[RunId, RunRow] = {}
        self._agenda = Agenda()

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, run_id: RunId) -> bool:
        return run_id in self._rows

    def __iter__(self) -> Iterator[RunRow]:
        return iter(self._rows.values())

    def get(self, run_id: RunId) -> RunRow | None:
        """Return a run that waits for its time."""
        return self._rows.get(run_id)

    def add(self, row: RunRow) -> None:
        """Let a run wait for its time; one that `take` has returned may be put back."""
        assert row.run_at is not None
        self._rows[row.id] = row
        self._agenda.put(_slot(row), row.run_at)
        self._wake()

    def remove(self, run_id: RunId) -> RunRow | None:
        """Let go of a run."""
        row = self._rows.pop(run_id, None)
        if row is not None:
            self._agenda.drop(_slot(row))
        return row

    def next_time(self) -> Millis | None:
        """Return when the next one's time comes; None: there is none."""
        return self._agenda.next_due()

    def take(self, now: Millis) -> list[RunRow]:
        """Return the runs whose time has come, in order, each once; they stay until they are removed."""
        return [self._rows[run_id] for _, (_, run_id) in self._agenda.take(now)]


def _slot(row: RunRow) -> Slot:
    return (row.job_id, row.id)
