"""A random life of one scheduler in virtual time, and an oracle of its own that knows what was due in it.

Downtimes (orderly and by SIGKILL), pauses, suspends, edits, removals: the oracle knows when each schedule was
in force and walks its due times.
"""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

from tests.support.world import World

from petit.core.clock import Millis
from petit.core.schedule import Schedule, parse_schedule
from petit.scheduler.commands import Pause, Resume
from petit.testing.executor import Outcome

SECOND: Millis = 1_000
MINUTE: Millis = 60 * SECOND
SCHEDULES = ["* * * * *", "*/5 * * * *", "*/20 * * * * *", "@every 90s", "7 * * * *", "@hourly"]
CATCHUPS = ["none", "last", "all"]
OVERLAPS = ["", "overlap: skip\n", "overlap: queue\n", "overlap: cancel_running\n"]


class Life:
    """A random life of one scheduler, and the oracle of what was due in it.

    Attributes:
        due: What must have a fate.
        may_be: What may have one besides.
    """

    notices_within_ms: Millis = 1

    def __init__(self, path: Path, seed: int) -> None:
        self.random = random.Random(seed)
        self.world = World(path, max_jobs=self.random.choice([None, 1, 3]))
        self.world.executor.default = self._outcome
        self.files: dict[str, list[str]] = {}
        self.in_force: dict[tuple[str, str], Millis] = {}
        self.due: set[tuple[str, str, Millis]] = set()
        self.may_be: set[tuple[str, str, Millis]] = set()
        self.is_up = False

    def _outcome(self, _spec: object) -> Outcome:
        return Outcome(
            duration_ms=self.random.choice([0, 10, 5 * SECOND, 2 * MINUTE]),
            exit_code=self.random.randint(0, 1),
        )

    # --- the oracle ---
    def _note_files(self) -> None:
        """The files were read: schedules that are new begin now, those that are gone end now."""
        now = self.world.clock.now()
        wanted = {(job, parse_schedule(text).key) for job, texts in self.files.items() for text in texts}
        for slot in set(self.in_force) - wanted:
            self._close(slot, now)
        for slot in wanted - set(self.in_force):
            self.in_force[slot] = now

    def _close(self, slot: tuple[str, str], now: Millis) -> None:
        since = self.in_force.pop(slot)
        schedule = Schedule.from_key(slot[1])
        self.due.update((*slot, due) for due in schedule.between(since, now))

    # --- what may happen ---
    def edit(self) -> None:
        """Write, change or remove a job file; the scheduler has not read it yet."""
        job = f"job{self.random.randint(1, 3)}"
        if job in self.files and len(self.files) > 1 and self.random.random() < 0.25:
            del self.files[job]
            (self.world.jobs_dir / f"{job}.yaml").unlink()
            return
        texts = self.random.sample(SCHEDULES, self.random.randint(1, 2))
        self.files[job] = texts
        self.world.write(
            **{
                job: f"schedule: {texts!r}\n"
                f"catchup: {self.random.choice(CATCHUPS)}\n"
                f"catchup_window: {self.random.choice(['2m', '1h', '24h'])}\n"
                f"enabled: {'false' if self.random.random() < 0.15 else 'true'}\n"
                f"{self.random.choice(OVERLAPS)}"
                "tasks: [{id: only, command: x}]\n"
            }
        )

    async def start(self) -> None:
        await self.world.start()
        self.is_up = True
        self._note_files()

    async def step(self) -> None:
        if not self.is_up:
            await self._come_back()
            return
        acts = [self._live_on, self._sleep, self._die, self._stop, self._reload, self._pause, self._resume]
        (act,) = self.random.choices(acts, [40, 10, 10, 6, 14, 10, 10])
        await act()

    async def _come_back(self) -> None:
        away = self.random.randint(0, 20) * MINUTE + self.random.randint(0, MINUTE)
        await self.world.clock.advance(away)
        if self.random.random() < 0.4:
            self.edit()
        await self.start()

    async def _live_on(self) -> None:
        await self.world.clock.advance(self.random.randint(1, 15 * MINUTE))

    async def _sleep(self) -> None:
        await self.world.clock.suspend(self.random.randint(1, 30 * MINUTE))

    async def _die(self) -> None:
        await self.world.kill()
        self.is_up = False

    async def _stop(self) -> None:
        await self.world.stop(self.random.choice(["leave", "cancel"]))
        self.is_up = False

    async def _reload(self) -> None:
        self.edit()
        await self.world.engine.reload()
        self._note_files()

    async def _pause(self) -> None:
        job = self.random.choice([None, *self.files])
        until = self.random.choice([None, self.world.clock.now() + 5 * MINUTE])
        if job is None or job in self.world.engine.jobs():
            await self.world.engine.pause(Pause(job_id=job, until=until))

    async def _resume(self) -> None:
        for scope in list(self.world.engine._jobs.pauses):
            if scope == "" or scope in self.world.engine.jobs():
                await self.world.engine.resume(Resume(job_id=scope or None))

    async def live(self, steps: int) -> Counter[str]:
        self.edit()
        await self.start()
        for _ in range(steps):
            await self.step()
        if not self.is_up:
            await self.start()
        await self.world.clock.advance(self.notices_within_ms)
        now = self.world.clock.now()
        for slot in list(self.in_force):
            self._close(slot, now)
        counts = await self.check()
        await self.world.kill()
        return counts

    async def check(self) -> Counter[str]:
        rows = await self.world.ledger_all()
        seen = Counter((row.job_id, row.schedule, row.due_at) for row in rows)
        assert [slot for slot, count in seen.items() if count > 1] == [], "doubled"
        assert self.due - set(seen) == set(), f"without a fate: {sorted(self.due - set(seen))[:5]}"
        unexplained = set(seen) - self.due - self.may_be
        assert unexplained == set(), f"unexplained: {sorted(unexplained)[:5]}"
        runs = {run.id: run for run in await self.world.runs()}
        ran = {row.run_id for row in rows if row.fate == "ran"}
        assert ran == set(runs), "a run without its row, or a row without its run"
        assert all(row.reason for row in rows if row.fate != "ran"), "a skip without a reason"
        return Counter(row.fate for row in rows)
