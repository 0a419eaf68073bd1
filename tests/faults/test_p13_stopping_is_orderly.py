"""P13: a service's stop leaves the tasks running, a person's waits for them, and nothing is left lying.

Each story stops a scheduler at a random phase of its work, starts it again on the same state, and then wants
every run to have come to its true end, and every task to have run once.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.support.checker import check
from tests.support.daemon import Daemon, daemon
from tests.support.orphans import none_left, tasks_of
from tests.support.scale import scaled
from tests.support.tally import tell

pytestmark = pytest.mark.faults

SEED = 13
SOON_S = 8.0
"""Far less than the long task takes, far more than a stop needs on a busy machine."""


@pytest.fixture(autouse=True)
def _hear_ctrl_c() -> Iterator[None]:
    """Tests run in the background of a shell ignore SIGINT; what they start is not to."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Story:
    """A scheduler at work, and the ways to stop it."""

    def __init__(self, petit: Daemon, seed: int) -> None:
        self.petit = petit
        self.random = random.Random(seed)
        task = petit.witness.task
        petit.write("tick", 'schedule: "* * * * * *"\ntasks:\n' + task(sleep=0.05))
        petit.write("long", "tasks:\n" + task("main", "grace: 300ms", sleep=1000))
        petit.write("short", "tasks:\n" + task(sleep=0.7))
        petit.write("chain", "tasks:\n" + task("one", sleep=0.7) + task("two", "depends_on: [one]"))

    def work(self, *job_ids: str) -> dict[str, str]:
        """Start runs, and go on for a random while."""
        runs = {job_id: self.petit.trigger(job_id) for job_id in job_ids}
        for run_id in runs.values():
            self.petit.until(lambda run_id=run_id: run_id in self.started)
        time.sleep(self.random.uniform(0, 0.3))
        return runs

    @property
    def started(self) -> set[str]:
        """Runs of which a task has told that it is there."""
        return {line.run for line in self.petit.witness.lines("start")}

    def press(self) -> None:
        """Ctrl+C: the terminal tells all processes of the scheduler's group."""
        assert self.petit.process is not None
        os.killpg(self.petit.process.pid, signal.SIGINT)

    def statuses(self, run_id: str) -> list[str]:
        return [
            row["status"]
            for row in self.petit.rows(
                "SELECT status FROM runs WHERE id = ?1 UNION ALL"
                " SELECT * FROM (SELECT status FROM tasks WHERE run_id = ?1 ORDER BY position)",
                run_id,
            )
        ]

    def refuses(self) -> None:
        """It is stopping: triggers are told so, and when to come again."""
        self.petit.until(lambda: self.petit.get("/api/scheduler/state")["state"] == "stopped")
        answer = self.petit.ask("POST", "/api/jobs/short/trigger")
        assert (answer.status, answer.body["code"]) == (503, "SERVICE_UNAVAILABLE")
        assert int(answer.headers["retry-after"]) > 0

    def again(self, **expected: str) -> None:
        """Start again: each run named here comes to this end, and nothing was done twice."""
        self.petit.start()
        for run_id, status in expected.items():
            assert self.petit.over(run_id)["status"] == status, self.statuses(run_id)
        self.petit.ask("POST", "/api/scheduler/pause")
        self.petit.idle()
        assert none_left(self.petit.home) == []
        check(self.petit)
        said = self.petit.errors.read_text()  # the interpreter itself says so, while it imports the program
        assert said.count("Traceback") == said.count("\nKeyboardInterrupt")

    # --- the stories ---
    def terminated(self) -> None:
        """SIGTERM: exit 0 soon, tasks go on, the next start has them."""
        self.petit.start()
        runs = self.work("long", "chain")
        pids = {each.pid for each in tasks_of(self.petit.home) if each.run_id == runs["long"]}
        self.petit.send(signal.SIGTERM)
        assert self.petit.wait(SOON_S) == 0
        assert pids <= {each.pid for each in tasks_of(self.petit.home)}
        assert self.statuses(runs["long"]) == ["running", "running"]
        self.petit.start()
        assert self.petit.get(f"/api/runs/{runs['long']}")["status"] == "running"
        assert self.petit.cancel(runs["long"]) == 202
        assert self.petit.over(runs["long"])["status"] == "cancelled"
        assert self.petit.stop() == 0
        self.again(**{runs["chain"]: "completed"})

    def drained(self) -> None:
        """--drain: what runs may end, nothing new begins, then exit 0; a graph goes on at the next start."""
        self.petit.start("--drain", "60s")
        runs = self.work("short", "chain")
        self.petit.send(signal.SIGTERM)
        self.refuses()
        assert self.petit.wait() == 0
        assert tasks_of(self.petit.home) == []
        assert self.statuses(runs["short"]) == ["completed", "completed"]
        assert self.statuses(runs["chain"]) == ["running", "completed", "pending"]
        self.again(**{runs["chain"]: "completed"})

    def drained_in_vain(self) -> None:
        """--drain is over before the task is: it is left to the next start."""
        self.petit.start("--drain", "300ms")
        runs = self.work("long")
        self.petit.send(signal.SIGTERM)
        assert self.petit.wait(SOON_S) == 0
        assert self.statuses(runs["long"]) == ["running", "running"]
        self.petit.start()
        assert self.petit.cancel(runs["long"]) == 202
        self.petit.over(runs["long"])
        assert self.petit.stop() == 0
        self.again(**{runs["long"]: "cancelled"})

    def interrupted(self) -> None:
        """Ctrl+C: it says what still runs, waits for that, and exits 0; the tasks never hear of it."""
        self.petit.start()
        runs = self.work("short", "chain")
        self.press()
        self.refuses()
        assert self.petit.wait() == 0
        assert tasks_of(self.petit.home) == []
        assert self.statuses(runs["short"]) == ["completed", "completed"]
        said = self.petit.errors.read_text()
        assert "short/main" in said
        assert "chain/one" in said
        self.again(**{runs["chain"]: "completed"})

    def interrupted_twice(self) -> None:
        """A second Ctrl+C cancels: exit 130 and nobody is left."""
        self.petit.start()
        runs = self.work("long", "short", "chain")
        self.press()
        time.sleep(self.random.uniform(0.2, 0.4))  # nobody presses faster
        self.petit.until(lambda: "Ctrl+C again" in self.petit.errors.read_text())
        self.press()
        assert self.petit.wait(SOON_S) == 130
        assert tasks_of(self.petit.home) == []
        assert self.statuses(runs["long"]) == ["cancelled", "cancelled"]
        self.again(**{runs["long"]: "cancelled"})

    def terminated_while_it_waits(self) -> None:
        """SIGTERM after Ctrl+C: whoever shuts down the machine waits for nobody's task."""
        self.petit.start()
        runs = self.work("long")
        self.press()
        self.refuses()
        self.petit.send(signal.SIGTERM)
        assert self.petit.wait(SOON_S) == 0
        assert self.statuses(runs["long"]) == ["running", "running"]
        self.petit.start()
        assert self.petit.cancel(runs["long"]) == 202
        self.petit.over(runs["long"])
        assert self.petit.stop() == 0
        self.again(**{runs["long"]: "cancelled"})

    def stopped_while_it_starts(self) -> None:
        """Told to stop before it listens to signals: the next start finds all in order."""
        self.petit.start()
        runs = self.work("short", "chain")
        self.petit.kill()
        for number in (signal.SIGTERM, signal.SIGINT):
            self.petit.launch()
            time.sleep(self.random.uniform(0, 0.8))
            self.petit.send(number)
            assert self.petit.wait(SOON_S) in {0, 130, -number}
        self.again(**{runs["short"]: "completed", runs["chain"]: "completed"})


STORIES: list[Callable[[Story], None]] = [
    Story.terminated, Story.drained, Story.drained_in_vain, Story.interrupted, Story.interrupted_twice,
    Story.terminated_while_it_waits, Story.stopped_while_it_starts,
]  # fmt: skip


def test_every_stop_leaves_things_in_order(tmp_path: Path) -> None:
    count = max(scaled(quick=50, soak=500), len(STORIES))

    def play(seed: int) -> str:
        story = STORIES[seed % len(STORIES)]
        home = tmp_path / str(seed)
        home.mkdir()
        try:
            with daemon(home) as petit:
                story(Story(petit, SEED * 1_000_000 + seed))
        except BaseException as error:
            error.add_note(f"story {seed}: {story.__name__}")
            raise
        return story.__name__

    with ThreadPoolExecutor(2) as pool:
        played = Counter(pool.map(play, range(count)))
    tell("P13", count, f"stops {dict(played)}, 0 left lying")
