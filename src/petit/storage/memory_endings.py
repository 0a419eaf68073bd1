"""How many runs ended when, in memory."""

from __future__ import annotations

from petit.core.clock import Millis
from petit.storage.figures import SLOT_MS, SLOTS_KEPT, Ended
from petit.storage.records import RunRow


class MemoryEndings:
    """Counts by the ten minutes in which runs ended."""

    def __init__(self) -> None:
        self._slots: dict[int, Ended] = {}

    def note(self, run: RunRow) -> None:
        """Count the end of a run, unless it was cancelled."""
        if run.ended_at is None or run.started_at is None or run.status == "cancelled":
            return
        slot = run.ended_at // SLOT_MS
        if slot not in self._slots:
            self._slots = {each: ended for each, ended in self._slots.items() if each >= slot - SLOTS_KEPT}
        known = self._slots.get(slot, Ended())
        self._slots[slot] = Ended(runs=known.runs + 1, failed=known.failed + (run.status != "completed"))

    def between(self, since: Millis, until: Millis) -> Ended:
        """Count those between two moments."""
        counted = [
            ended for slot, ended in self._slots.items() if since // SLOT_MS <= slot <= until // SLOT_MS
        ]
        return Ended(runs=sum(ended.runs for ended in counted), failed=sum(ended.failed for ended in counted))
