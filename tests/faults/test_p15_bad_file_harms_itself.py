"""P15: one bad file harms only itself, at start and at reload.

Bad files come and go among good jobs that fire every second, and the directory is read again all the time: by
itself, by SIGHUP and by the API. That no second was left out is read in the ledger afterwards.
"""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.support.bad_files import CONTENTS, TASKS, THINGS, clear, mutated
from tests.support.checker import check
from tests.support.daemon import Daemon, daemon
from tests.support.orphans import none_left
from tests.support.scale import scaled
from tests.support.tally import tell

pytestmark = pytest.mark.faults

SEED = 15
GOOD_JOBS = [f"job{number}" for number in range(20)]
TAKEN_ID = "job0"
EACH_SECOND = "schedule: '* * * * * *'\ntasks: [{id: only, command: 'true'}]\n"
SLOTS = 10
"""So many bad files lie there at a time."""
BY_HAND = [*CONTENTS, *THINGS, "the id of a good job"]


class Directory:
    """Good job files, and slots for bad ones."""

    def __init__(self, petit: Daemon) -> None:
        self.petit = petit
        self.random = random.Random(SEED)
        self.surely_bad: set[str] = set()
        self.ways: Counter[str] = Counter()
        self.bad = self.good_by_accident = 0
        for job_id in GOOD_JOBS:
            petit.write(job_id, EACH_SECOND)

    def put(self, number: int) -> None:
        """Put the next bad file into its slot: first those made by hand, then mutated ones."""
        job_id = f"bad{number % SLOTS}"
        path = self.petit.jobs_dir / f"{job_id}.yaml"
        clear(path)
        kind = BY_HAND[number] if number < len(BY_HAND) else None
        if kind in THINGS:
            THINGS[kind](path)
        elif kind is None:
            path.write_bytes(mutated(job_id, self.random))
        else:
            path.write_bytes(CONTENTS.get(kind, f"id: {TAKEN_ID}\n".encode() + TASKS))
        (self.surely_bad.discard if kind is None else self.surely_bad.add)(path.name)

    def reload(self) -> None:
        """Have everything read again in one of the three ways."""
        how = self.random.choice(["watch", "signal", "api"])
        self.ways[how] += 1
        if how == "signal":
            self.petit.send(signal.SIGHUP)
        elif how == "api":
            self.look_at(self.petit.ask("POST", "/api/reload").body)

    def look_at(self, reloaded: Any) -> None:
        """Each bad file is told, each other one is a job that is not stale, and no good job is touched."""
        told = {problem["file"] for problem in reloaded["problems"]}
        assert self.surely_bad <= told, self.surely_bad - told
        rows = self.petit.rows("SELECT file FROM jobs WHERE removed_at IS NULL AND NOT stale")
        fresh = {row["file"] for row in rows}
        there = {path.name for path in self.petit.jobs_dir.iterdir()}
        assert there == (told | fresh) & there, "neither a job nor told to be bad"
        assert told - {f"{TAKEN_ID}.yaml"} <= {name for name in there if name.startswith("bad")}
        self.bad += len(told)
        self.good_by_accident += sum(name.startswith("bad") for name in fresh - told)
        assert not {*reloaded["removed"], *reloaded["added"]} & {*GOOD_JOBS}


def _expect_no_gap(petit: Daemon) -> int:
    """Each good job ran each second from its first to its last; return how often in all."""
    rows = petit.all_of("/api/occurrences", "occurrences")
    dues: dict[str, list[int]] = {}
    for row in rows:
        if row["job_id"] in GOOD_JOBS:
            assert row["fate"] == "ran", row
            dues.setdefault(row["job_id"], []).append(row["due_at"])
    assert set(dues) == {*GOOD_JOBS}
    for job_id, due in dues.items():
        due.sort()
        assert due == list(range(due[0], due[-1] + 1, 1_000)), f"{job_id} has a gap"
    assert len({due[0] for due in dues.values()}) == 1
    assert len({due[-1] for due in dues.values()}) <= 2, "the pause came amid a second's jobs"
    return sum(map(len, dues.values()))


def test_bad_files_come_and_go_among_good_jobs(tmp_path: Path) -> None:
    files = scaled(quick=2_000, soak=100_000)
    with daemon(tmp_path) as petit:
        directory = Directory(petit)
        for number in range(SLOTS):
            directory.put(number)  # there from the start
        petit.start()
        directory.look_at(petit.ask("POST", "/api/reload").body)
        for number in range(SLOTS, files):
            directory.put(number)
            if number % 5 == 4:
                directory.reload()
            time.sleep(0.025)
        directory.look_at(petit.ask("POST", "/api/reload").body)
        shown = {problem["file"] for problem in petit.get("/api/scheduler/state")["problems"]}
        assert directory.surely_bad <= shown
        for slot in range(SLOTS):
            clear(petit.jobs_dir / f"bad{slot}.yaml")
        assert petit.ask("POST", "/api/reload").body["problems"] == []
        jobs = petit.get("/api/jobs")["jobs"]
        assert [job["id"] for job in jobs if not job["stale"]] == sorted(GOOD_JOBS)
        time.sleep(1.5)  # all of them once more
        petit.ask("POST", "/api/scheduler/pause")
        petit.idle()
        ran = _expect_no_gap(petit)
        check(petit, bears_witness=False)
        statuses = Counter(row["status"] for row in petit.rows("SELECT status FROM runs"))
        assert statuses == {"completed": ran}
        assert "Traceback" not in petit.errors.read_text()
        petit.stop()
        assert none_left(tmp_path) == []
    assert directory.bad > files / 4
    tell(
        "P15",
        files,
        f"files, {dict(directory.ways)}, told {directory.bad} times to be bad,"
        f" {directory.good_by_accident} good by accident; {len(GOOD_JOBS)} of {len(GOOD_JOBS)} jobs kept"
        f" firing: {ran} runs, 0 gaps",
    )


def test_a_good_job_whose_file_turns_bad_goes_on_as_it_was(tmp_path: Path) -> None:
    with daemon(tmp_path) as petit:
        petit.write("good", EACH_SECOND)
        petit.write("turning", EACH_SECOND)
        path = petit.jobs_dir / "turning.yaml"
        petit.start()
        definition = petit.get("/api/jobs/turning")["definition"]
        for kind in [*CONTENTS, *THINGS]:
            clear(path)
            if kind in THINGS:
                THINGS[kind](path)
            else:
                path.write_bytes(CONTENTS[kind])
            assert petit.ask("POST", "/api/reload").status == 200
            job = petit.get("/api/jobs/turning")
            assert (job["stale"], job["removed"], job["definition"]) == (True, False, definition), kind

        def ran() -> list[Any]:
            return petit.all_of("/api/jobs/turning/occurrences", "occurrences")

        before = len(ran())
        petit.until(lambda: len(ran()) >= before + 2)
        assert {row["fate"] for row in ran()} == {"ran"}
        assert petit.stop() == 0
        petit.start()  # it is broken at start as well
        assert petit.get("/api/jobs/turning")["stale"]
        assert petit.over(petit.trigger("turning"))["status"] == "completed"
        clear(path)
        petit.write("turning", EACH_SECOND)
        petit.ask("POST", "/api/reload")
        job = petit.get("/api/jobs/turning")
        assert (job["stale"], job["definition"]) == (False, definition)
        petit.stop()
        assert none_left(tmp_path) == []
