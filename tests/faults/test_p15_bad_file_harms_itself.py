"""P15: one bad file harms only itself, at start and at reload."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from pathlib import Path

import pytest
from tests.support.daemon import Daemon, daemon
from tests.support.scale import scaled

SEED = 15
GOOD_JOBS = 20
EACH_SECOND = "schedule: '* * * * * *'\noverlap: skip\ntasks: [{id: only, command: 'true'}]\n"

BAD = {
    "not utf-8": b"id: a\nname: \xff\xfe\n",
    "utf-16": "id: a\ntasks: [{id: b, command: c}]\n".encode("utf-16"),
    "empty": b"",
    "NUL": b"id: a\x00\n",
    "unclosed": b"id: a\ntasks: [{id: b, command: c\n",
    "tabs": b"id: a\ntasks:\n\t- id: b\n",
    "unknown key": b"id: a\ntimout: 3\ntasks: [{id: b, command: c}]\n",
    "duplicate key": b"id: a\nid: b\ntasks: [{id: b, command: c}]\n",
    "cycle": b"id: a\ntasks: [{id: x, run: c, depends_on: [y]}, {id: y, run: c, depends_on: [x]}]\n",
    "never due": b"id: a\nschedule: '0 0 30 2 *'\ntasks: [{id: b, command: c}]\n",
    "bomb": b"a: &a [x,x,x,x,x,x,x,x]\n"
    + b"".join(b"%c: &%c [%s]\n" % (98 + n, 98 + n, b",".join([b"*%c" % (97 + n)] * 8)) for n in range(9)),
    "deep": b"[" * 5_000,
    "a tag": b"id: !!python/object/apply:os.system [ls]\n",
    "large": b"# " + b"x" * (1 << 20),
    "a list": b"- id: a\n",
}


def mutated(chance: random.Random) -> bytes:
    """Return a good file with some bytes or lines changed; it may still be good by accident."""
    text = bytearray(b"id: bad\nname: Bad\nschedule: '0 3 * * *'\nretry:\n" + EACH_SECOND.encode())
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(text))
        act = chance.choice(["flip", "cut", "double", "insert"])
        if act == "flip":
            text[place] ^= 1 << chance.randrange(8)
        elif act == "cut":
            del text[place : place + chance.randint(1, 20)]
        elif act == "double":
            text[place:place] = text[place : place + chance.randint(1, 40)]
        else:
            text[place:place] = chance.choice(
                [b":", b"\n", b"- ", b"{", b"\xc3", b"'", b"${{ x }}", b"&a *a"]
            )
    return bytes(text)


def reload(scheduler: Daemon, chance: random.Random) -> str:
    """Have the directory read again in one of the three ways."""
    how = chance.choice(["watch", "signal", "api"])
    if how == "signal":
        scheduler.send(signal.SIGHUP)
    elif how == "api":
        assert scheduler.ask("POST", "/api/reload").status == 200
    return how


def put(scheduler: Daemon, number: int, chance: random.Random) -> None:
    """Put one bad file there, or something that is no file at all; a few lie there at a time."""
    name = scheduler.jobs_dir / f"bad{number % 7}.yaml"
    if name.is_dir():
        name.rmdir()
    if number % 25 == 24:
        name.unlink(missing_ok=True)
        name.mkdir()
        return
    hand_made = list(BAD.values())
    content = hand_made[number] if number < len(hand_made) else mutated(chance)
    if content.startswith(b"id: job"):  # a mutation must not take over a good job's id
        content = b"id: bad" + content[7:]
    name.write_bytes(content)


def fates(scheduler: Daemon) -> dict[str, list[int]]:
    """Return the due times in the ledger, by good job, oldest first."""
    dues: dict[str, list[int]] = {}
    for row in scheduler.all_of("/api/occurrences", "occurrences"):
        dues.setdefault(row["job_id"], []).append(row["due_at"])
    return {job: sorted(each) for job, each in dues.items() if job.startswith("job")}


def test_bad_files_come_and_go_among_good_jobs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(SEED)
    files = scaled(quick=2_000, soak=100_000)
    ways: Counter[str] = Counter()
    with daemon(tmp_path) as scheduler:
        for number in range(GOOD_JOBS):
            scheduler.write(f"job{number}", EACH_SECOND)
        for number in range(7):
            put(scheduler, number, chance)  # there from the start
        scheduler.start()
        good = {f"job{number}" for number in range(GOOD_JOBS)}
        for number in range(files):
            put(scheduler, number, chance)
            if number % 5 == 0:
                ways[reload(scheduler, chance)] += 1
            if number % 50 == 0:
                assert good <= {job["id"] for job in scheduler.get("/api/jobs")["jobs"]}
            time.sleep(0.02)
        time.sleep(1.5)
        for number in range(7):  # whatever lies there now: only what is bad is told, all good jobs are there
            put(scheduler, number, chance)
        told = scheduler.ask("POST", "/api/reload").body["problems"]
        assert {problem["file"] for problem in told} >= {f"bad{number}.yaml" for number in range(7)}
        assert scheduler.ask("POST", "/api/scheduler/pause").status == 200
        scheduler.idle()
        dues = fates(scheduler)
        assert set(dues) == good
        for job, due in dues.items():
            assert due == list(range(due[0], due[-1] + 1, 1_000)), f"{job} has a gap"
        spans = {(due[0], due[-1]) for due in dues.values()}
        assert len(spans) <= 2, "the good jobs do not fire alike"
        ran = scheduler.rows("SELECT count(*) FROM runs WHERE job_id LIKE 'job%' AND status = 'completed'")[
            0
        ][0]
        missed = scheduler.rows("SELECT count(*) FROM occurrences WHERE fate = 'missed'")[0][0]
        assert missed == 0
    with capsys.disabled():
        print(
            f"\nP15: {files} bad files, {dict(ways)}, {GOOD_JOBS} of {GOOD_JOBS} keep firing:"
            f" {ran} runs, 0 gaps"
        )


def test_a_good_job_whose_file_turns_bad_goes_on_as_it_was(tmp_path: Path) -> None:
    with daemon(tmp_path) as scheduler:
        scheduler.write("good", EACH_SECOND)
        scheduler.write("turning", EACH_SECOND)
        scheduler.start()
        for content in [*BAD.values()]:
            (scheduler.jobs_dir / "turning.yaml").write_bytes(content)
            assert scheduler.ask("POST", "/api/reload").status == 200
            job = scheduler.get("/api/jobs/turning")
            assert (job["stale"], job["removed"]) == (True, False)
        before = len(scheduler.all_of("/api/jobs/turning/occurrences", "occurrences"))
        scheduler.until(
            lambda: len(scheduler.all_of("/api/jobs/turning/occurrences", "occurrences")) >= before + 2
        )
        assert scheduler.stop() == 0
        scheduler.start()
        assert scheduler.get("/api/jobs/turning")["stale"]
        run = scheduler.over(scheduler.trigger("turning"))
        assert run["status"] == "completed"
