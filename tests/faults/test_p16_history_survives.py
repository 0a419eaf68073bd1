"""P16: runs, definitions and the ledger survive renames, edits, removals and files that come back.

Job files change under a scheduler that runs and fires; now and then it is killed and started again. Whatever
was seen through the API at any time must be found there at the end, as it was.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.support.checker import check, moved_back, snapshot
from tests.support.daemon import OVER, Daemon, daemon
from tests.support.orphans import none_left
from tests.support.scale import scaled
from tests.support.tally import tell

pytestmark = pytest.mark.faults

SEED = 16
JOBS = ("red", "green", "blue", "grey")


class Changes:
    """A jobs directory in which files come, change, move and go, and what was seen of the jobs meanwhile."""

    def __init__(self, petit: Daemon, rng: random.Random) -> None:
        self.petit = petit
        self.random = rng
        self.files: dict[str, Path] = {}
        self.runs: dict[str, Any] = {}
        self.due: dict[tuple[str, str, int], Any] = {}
        self.definitions: dict[str, str] = {}
        self.done: Counter[str] = Counter()
        petit.write("stays", "tasks:\n" + petit.witness.task())
        for job in JOBS:
            self.write(job)

    # --- what happens to files ---
    def write(self, job: str) -> None:
        """Add a job, again perhaps, or edit it: every version is another definition."""
        self.done["added" if job not in self.files else "edited"] += 1
        usual = self.petit.jobs_dir / f"{job}.yaml"
        is_taken = usual in self.files.values()  # by a job that was renamed in its place
        path = self.files.setdefault(
            job, usual.with_stem(f"{job}-{self.done.total()}") if is_taken else usual
        )
        schedule = 'schedule: "* * * * * *"\n' if self.random.random() < 0.5 else ""
        version = f"description: version {self.done.total()}\n"
        path.write_text(f"id: {job}\n{schedule}{version}tasks:\n" + self.petit.witness.task(sleep=0.05))

    def move(self, job: str) -> None:
        """Give the file another name, in a directory below; the job is the same."""
        directory = self.petit.jobs_dir / self.random.choice(["a", "b"])
        directory.mkdir(exist_ok=True)
        self.files[job] = self.files[job].rename(directory / f"{job}-{self.done.total()}.yaml")
        self.done["moved"] += 1

    def remove(self, job: str) -> None:
        """Take the file away."""
        self.files.pop(job).unlink()
        self.done["removed"] += 1

    def rename(self, job: str) -> None:
        """Give the job another id: to Petit the old one is gone, and another one is there."""
        other = f"{job.partition('-')[0]}-{self.done.total()}"
        path = self.files.pop(job)
        path.write_text(path.read_text().replace(f"id: {job}\n", f"id: {other}\n"))
        self.files[other] = path
        self.done["renamed"] += 1

    def change(self) -> None:
        """Let some of that happen, and have it read."""
        for _ in range(self.random.randint(1, 3)):
            present = sorted(self.files)
            gone = sorted(set(JOBS) - set(self.files))
            acts = [self.write, self.move, self.remove, self.rename] if present else []
            act = self.random.choice([*acts, *([self.write] * 2 if gone else [])])
            act(self.random.choice(gone if act == self.write and gone else present))
        assert self.petit.ask("POST", "/api/reload").status == 200
        shown = {job["id"] for job in self.petit.get("/api/jobs")["jobs"]}
        assert shown == {*self.files, "stays"}

    # --- what is seen ---
    def work(self) -> None:
        """Trigger what is there; some of it still runs when the next change comes."""
        for job in self.random.sample(sorted(self.files), min(2, len(self.files))):
            run = self.petit.trigger(job)
            self.runs[run] = self.petit.get(f"/api/runs/{run}")
        time.sleep(self.random.uniform(0, 0.25))

    def look(self) -> None:
        """Note all runs, due times and definitions that the API shows now."""
        jobs = {run["job_id"] for run in self.runs.values()} | set(self.files)
        for job in jobs:
            shown = self.petit.get(f"/api/jobs/{job}")
            self.definitions[shown["definition"]] = job
            assert shown["removed"] is (job not in self.files)
            for run in self.petit.all_of(f"/api/jobs/{job}/runs", "runs"):
                self.runs[run["id"]] = run
        for row in self.petit.all_of("/api/occurrences", "occurrences"):
            key = (row["job_id"], row["schedule"], row["due_at"])
            assert self.due.setdefault(key, row) == row, "a fate has changed"

    def lost(self) -> list[Any]:
        """Return what was seen once and is not there any more, or not as it was."""
        missing: list[Any] = []
        shown = {(row["job_id"], row["schedule"], row["due_at"]): row for row in self._occurrences()}
        missing += [row for key, row in self.due.items() if shown.get(key) != row]
        stored = {
            row["hash"]: row["job_id"] for row in self.petit.rows("SELECT hash, job_id FROM definitions")
        }
        missing += [each for each in self.definitions.items() if stored.get(each[0]) != each[1]]
        of_job = {
            run["id"]
            for job in {run["job_id"] for run in self.runs.values()}
            for run in self.petit.all_of(f"/api/jobs/{job}/runs", "runs")
        }
        for run_id, before in self.runs.items():
            after = self.petit.get(f"/api/runs/{run_id}")
            tasks = self.petit.get(f"/api/runs/{run_id}/tasks")["tasks"]
            log = self.petit.ask("GET", f"/api/runs/{run_id}/tasks/main/logs")
            is_same = before["status"] not in OVER or after == before
            if not (is_same and run_id in of_job and len(tasks) == 1 and log.status == 200):
                missing.append((before, after, log))
            if after["definition"] not in stored:
                missing.append(after)
        return missing

    def _occurrences(self) -> list[Any]:
        jobs = {key[0] for key in self.due}
        return [
            row
            for job in sorted(jobs)
            for row in self.petit.all_of(f"/api/jobs/{job}/occurrences", "occurrences")
        ]


def test_nothing_that_was_once_seen_is_lost(tmp_path: Path) -> None:
    rounds = scaled(quick=100, soak=2_000)
    rng = random.Random(SEED)
    kills = 0
    with daemon(tmp_path) as petit:
        changes = Changes(petit, rng)
        petit.start()
        before = snapshot(petit)
        for _ in range(rounds):
            changes.work()
            changes.look()
            changes.change()
            if rng.random() < 0.3:
                petit.kill()
                petit.start()
                kills += 1
            after = snapshot(petit)
            assert moved_back(before, after) == []
            before = after
        petit.ask("POST", "/api/scheduler/pause")
        petit.idle()
        changes.look()
        for job in list(changes.files):
            changes.remove(job)
        assert petit.ask("POST", "/api/reload").status == 200
        assert changes.lost() == []
        counts = check(petit)
        petit.stop()
        assert none_left(tmp_path) == []
    told = f"{len(changes.runs)} runs, {len(changes.due)} due times, {len(changes.definitions)} definitions"
    tell("P16", sum(changes.done.values()), f"changes of files, {kills} kills, {told}; {dict(counts)}")
    assert len(changes.due) > 0
