"""P21: limits are never exceeded and slots never leak.

Eight clients trigger, queue and cancel without pause; the witness's lines, in the order in which they were
written, say how much was under way at once. Afterwards, kills or no kills amid it, a full set can run.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path

import pytest
from tests.support.checker import check
from tests.support.daemon import Daemon, daemon
from tests.support.orphans import none_left
from tests.support.scale import scaled
from tests.support.tally import tell
from tests.support.witness import Line, peak

pytestmark = pytest.mark.faults

SEED = 21
CLIENTS = 8
MAX_JOBS = 6
LIMITS = {"one": 1, "three": 3, "wide": None, "failing": 2}
MAX_TASKS = 2


def _write_jobs(petit: Daemon) -> None:
    task = petit.witness.task
    retry = "retry: {max_attempts: 1, delay: 150ms}"
    fan = "".join(task(f"t{place}", sleep=0.05) for place in range(4))
    petit.write("one", "max_concurrency: 1\ntasks:\n" + task(sleep=0.05))
    petit.write("three", "max_concurrency: 3\ntasks:\n" + task("main", "grace: 20s", sleep=0.2))
    petit.write("wide", f"max_tasks: {MAX_TASKS}\ntasks:\n{fan}")
    petit.write("failing", "max_concurrency: 2\ntasks:\n" + task("main", retry, exit="1,0"))
    petit.write("tick", 'schedule: "* * * * * *"\noverlap: queue\ntasks:\n' + task(sleep=0.3))
    petit.write("hold", "tasks:\n" + task("main", "grace: 20s", sleep=60))


class Client:
    """Somebody who triggers without pause, queues or not, and cancels some."""

    def __init__(self, petit: Daemon, seed: int) -> None:
        self.petit = petit
        self.random = random.Random(seed)
        self.answers: Counter[int] = Counter()

    def work(self, requests: int) -> Counter[int]:
        for _ in range(requests):
            try:
                self._ask()
            except (OSError, HTTPException):  # the scheduler has just been killed
                self.answers[0] += 1
                time.sleep(0.1)
        return self.answers

    def _ask(self) -> None:
        job = self.random.choice(sorted(LIMITS))
        answer = self.petit.ask("POST", f"/api/jobs/{job}/trigger", {"queue": self.random.random() < 0.6})
        self.answers[answer.status] += 1
        if answer.status == 429:
            assert len(answer.body["holders"]) <= MAX_JOBS
            assert int(answer.headers["retry-after"]) > 0
        elif answer.status == 200 and self.random.random() < 0.2:
            time.sleep(self.random.uniform(0, 0.1))
            self.petit.cancel(answer.body["run_id"])
        time.sleep(self.random.uniform(0, 0.05))


def _job_of(petit: Daemon) -> dict[str, str]:
    return {row["id"]: row["job_id"] for row in petit.rows("SELECT id, job_id FROM runs")}


def _most_slots(petit: Daemon, job_id: str | None) -> int:
    """Return how many runs held a slot at once, by their stored times."""
    events = []
    for row in petit.rows("SELECT job_id, started_at, ended_at FROM runs WHERE started_at IS NOT NULL"):
        if job_id in {None, row["job_id"]}:
            events += [(row["started_at"], 1), (row["ended_at"], -1)]
    most = held = 0
    for _, step in sorted(events):  # at the same time, ends first
        held += step
        most = max(most, held)
    return most


def _peaks(petit: Daemon) -> dict[str, int]:
    """Assert that no limit was exceeded, by the witness and by the stored times; return the peaks."""
    lines, job_of = petit.witness.lines(), _job_of(petit)

    def of(job_id: str) -> list[Line]:
        return [line for line in lines if job_of[line.run] == job_id]

    peaks = {"all": peak(lines, "run"), "tasks": 0}
    for job_id, limit in LIMITS.items():
        peaks[job_id] = peak(of(job_id), "run")
        assert limit is None or max(peaks[job_id], _most_slots(petit, job_id)) <= limit, (job_id, peaks)
    assert max(peaks["all"], _most_slots(petit, None)) <= MAX_JOBS, peaks
    for run in {line.run for line in of("wide")}:
        peaks["tasks"] = max(peaks["tasks"], peak(line for line in lines if line.run == run))
    assert peaks["tasks"] <= MAX_TASKS
    return peaks


def _full_set_runs(petit: Daemon) -> None:
    """As many runs as there are slots can run at once, and not one more; then they are ended."""
    petit.ask("POST", "/api/scheduler/pause")
    petit.idle(60)
    runs = [petit.trigger("hold") for _ in range(MAX_JOBS)]
    refused = petit.ask("POST", "/api/jobs/one/trigger")
    assert refused.status == 429
    assert sorted(refused.body["holders"]) == sorted(runs)
    for run in runs:
        assert petit.cancel(run) == 202
    petit.idle()
    petit.ask("POST", "/api/scheduler/resume")


def _load(petit: Daemon, seed: int, requests: int, *, kills: int) -> Counter[int]:
    rng = random.Random(seed)
    with ThreadPoolExecutor(CLIENTS) as pool:
        work = [pool.submit(Client(petit, seed * 100 + each).work, requests) for each in range(CLIENTS)]
        for _ in range(kills):
            time.sleep(rng.uniform(0.2, 0.6))
            petit.kill()
            petit.start()
        return sum((each.result() for each in work), Counter())


@pytest.mark.parametrize("kills", [pytest.param(0, id="in peace"), pytest.param(3, id="killed amid it")])
def test_limits_hold_and_slots_come_back(kills: int, tmp_path: Path) -> None:
    requests = scaled(quick=200, soak=2_000)
    with daemon(tmp_path, "--max-jobs", str(MAX_JOBS)) as petit:
        _write_jobs(petit)
        petit.start()
        answers = _load(petit, SEED, requests, kills=kills)
        petit.idle(60)
        _full_set_runs(petit)
        petit.ask("POST", "/api/scheduler/pause")
        petit.idle(60)
        peaks = _peaks(petit)
        counts = check(petit)
        failed = petit.rows(
            "SELECT id, error FROM runs WHERE status = 'failed' AND cancel_requested_at IS NULL"
        )
        assert [tuple(row) for row in failed] == []  # "failing" succeeds at its second try
        assert none_left(tmp_path) == []
        petit.stop()
    tell("P21", kills, f"kills, answers {dict(answers)}, {dict(counts)}, peaks {peaks}, 0 over, 0 leaked")
    assert peaks["one"] == 1
    assert peaks["tasks"] == MAX_TASKS
