"""`petit db`: what it finds wrong, what it copies and brings back, with a scheduler running meanwhile."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.support.daemon import Daemon, daemon
from tests.support.program import PETIT, environment, petit

from petit.storage.migrate import migrations, newest_version

BUSY = 'schedule: "* * * * * *"\ntasks: [{id: first, command: "true"}, {id: second, run: "echo words"}]\n'


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Daemon]:
    """A scheduler with a job that is due every second, and one that is triggered; not started yet."""
    with daemon(tmp_path) as made:
        made.write("ticks", BUSY)
        made.write("manual", "tasks: [{id: main, run: 'echo words'}]\n")
        yield made


def filled(place: Daemon) -> Daemon:
    """The same with some runs, stopped."""
    place.start()
    for _ in range(3):
        place.over(place.trigger("manual"))
    place.until(lambda: len(place.rows("SELECT 1 FROM occurrences")) >= 2)
    place.ask("POST", "/api/scheduler/pause")
    place.idle()
    assert place.stop() == 0
    return place


def db(place: Daemon, *words: str, code: int = 0) -> str:
    """Run a command; return what it said."""
    done = petit("--db", "petit.db", "db", *words, cwd=place.home)
    assert done.returncode == code, (words, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def change(place: Daemon, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(place.database, isolation_level=None)) as connection:
        connection.execute(sql, values)


def as_json(text: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(text)
    return told


# --- check --------------------------------------------------------------------------------------------------
def test_a_sound_database_is_said_to_be_so_while_the_scheduler_runs_and_after(place: Daemon) -> None:
    place.start()
    place.over(place.trigger("manual"))
    for _ in range(5):
        told = as_json(db(place, "check", "--format", "json"))
        assert (told["ok"], told["problems"], told["notes"]) == (True, [], [])
    assert place.stop() == 0
    assert "all is well: " in db(place, "check")


def test_kills_pauses_and_edits_leave_nothing_that_it_complains_of(place: Daemon) -> None:
    for turn in range(4):
        place.start()
        place.trigger("manual")
        if turn == 1:
            place.ask("POST", "/api/scheduler/pause")
        if turn == 2:
            place.ask("POST", "/api/scheduler/resume")
            place.write("ticks", BUSY.replace("* * * * * *", "*/2 * * * * *"))
            place.ask("POST", "/api/reload")
        time.sleep(1.3)
        place.kill()
        db(place, "check")
        time.sleep(1.1)
    place.start()
    time.sleep(1.2)
    db(place, "check")


BROKEN = {
    "a task without a run": (
        "UPDATE tasks SET run_id = 'none' || run_id WHERE position = 1",
        "tasks belong to no run",
    ),
    "a run without tasks": ("DELETE FROM tasks WHERE task_id = 'main'", "runs have no tasks: "),
    "an end without its status": (
        "UPDATE tasks SET status = 'running' WHERE task_id = 'main'",
        "3 tasks have an end and no status of one, or the reverse: ",
    ),
    "attempts that are not numbered from 1 on": (
        "UPDATE attempts SET number = 7 WHERE task_id = 'main'",
        "3 attempts are not numbered from 1 on",
    ),
    "a count of attempts": (
        "UPDATE tasks SET attempts = 5 WHERE task_id = 'main'",
        "3 tasks have another number of attempts than they say",
    ),
    "a due time without its run": (
        "UPDATE occurrences SET run_id = 'none' WHERE fate = 'ran'",
        "due times ran without a run: ticks at ",
    ),
    "a due time without a fate": (
        "DELETE FROM occurrences WHERE first_due = (SELECT min(first_due) FROM occurrences)",
        "due times of job 'ticks' have no fate",
    ),
    "a due time with two fates": (
        (
            "UPDATE occurrences SET last_due = last_due + 1000"
            " WHERE first_due = (SELECT min(first_due) FROM occurrences)"
        ),
        "due times have two fates: ticks at ",
    ),
    "a definition that is gone": ("DELETE FROM definitions", "runs are pinned to a definition that is not"),
    "a session of no token": (
        "INSERT INTO sessions VALUES ('h', 'none', NULL, 1, 2)",
        "sessions refers to a row of tokens that is not there",
    ),
}


def test_what_does_not_hold_together_is_said_in_a_sentence(place: Daemon) -> None:
    whole = filled(place).database.read_bytes()
    for case, (sql, said) in BROKEN.items():
        place.database.write_bytes(whole)
        change(place, sql)
        assert said in db(place, "check", code=1), case


def test_log_files_that_are_lost_and_such_that_nobody_needs(place: Daemon) -> None:
    filled(place)
    (run,) = place.rows("SELECT id FROM runs WHERE job_id = 'manual' ORDER BY id LIMIT 1")
    (directory,) = place.home.glob(f".petit/*/logs/*/{run['id']}")
    directory.rename(directory.with_name("0" * 36))
    told = db(place, "check", code=1)
    assert f"1 attempts have lost their log files: {run['id']}/main.1" in told
    assert "note: 1 log directories belong to no run and will be removed: 0000" in told


def test_a_damaged_file_is_said_to_be_so(place: Daemon) -> None:
    filled(place)
    with place.database.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 4096 * 4)
    assert "damaged" in db(place, "check", code=1)
    with place.database.open("r+b") as file:
        file.truncate(4096 * 5)
    assert "damaged: its end is missing" in db(place, "check", code=1)


@pytest.mark.parametrize("words", [("check",), ("backup", "b.db"), ("vacuum",), ("migrate",)], ids=" ".join)
def test_what_is_not_ours_is_refused_and_left_alone(place: Daemon, words: tuple[str, ...]) -> None:
    assert "there is no database" in db(place, *words, code=2)
    place.database.write_bytes(b"not a database " * 100)
    assert "is not a database" in db(place, *words, code=2)
    place.database.unlink()
    place.start()
    assert place.stop() == 0
    change(place, f"PRAGMA user_version = {newest_version() + 1}")
    before = place.database.read_bytes()
    assert "was written by a newer Petit" in db(place, *words, code=2)
    assert place.database.read_bytes() == before
    assert not (place.home / "b.db").exists()


def test_a_database_in_memory_cannot_be_looked_after(tmp_path: Path) -> None:
    done = petit("--db", ":memory:", "db", "check", cwd=tmp_path)
    assert (done.returncode, "in memory" in done.stderr) == (2, True)


# --- backup and restore -------------------------------------------------------------------------------------
@contextmanager
def meanwhile(act: Callable[[], object]) -> Iterator[list[Any]]:
    """Do something again and again while the block lasts; the list holds what came of it."""
    stop = threading.Event()
    results: list[Any] = []

    def go_on() -> None:
        while not stop.wait(0.002):
            results.append(act())

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield results
    finally:
        stop.set()
        thread.join()


def is_free(database: Path) -> bool:
    """Take the write lock; False where somebody else has held it for 100 ms."""
    with closing(sqlite3.connect(database, timeout=0.1, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return False
    return True


def fill(place: Daemon) -> None:
    """Let the database have some 40 MB, so that copying takes a while."""
    rows = ((number, "x" * 4000) for number in range(10_000))
    with closing(sqlite3.connect(place.database)) as connection:
        connection.executemany("INSERT INTO meta VALUES ('filler ' || ?, ?)", rows)
        connection.commit()


def test_a_backup_keeps_no_writer_waiting_for_a_tenth_of_a_second(place: Daemon) -> None:
    fill(filled(place))
    place.start()
    place.ask("POST", "/api/scheduler/pause")
    place.idle()
    with meanwhile(lambda: is_free(place.database)) as tries:
        db(place, "backup", "b.db")
    assert (all(tries), len(tries) > 20) == (True, True)


def test_a_backup_under_load_is_whole_and_starts(place: Daemon) -> None:
    fill(filled(place))
    place.start()
    copy = place.home / "copies" / "petit.db"
    copy.parent.mkdir()
    with meanwhile(lambda: place.trigger("manual")) as accepted:
        place.until(lambda: len(accepted) >= 5)
        for turn in range(3):
            before = list(accepted)
            told = db(place, "backup", str(copy), *(["--replace"] if turn else []), "--format", "json")
            during = len(accepted) - len(before)
            assert as_json(told)["size_bytes"] == copy.stat().st_size
    assert during > 0, "triggers were answered while it was copied"
    assert (copy.stat().st_mode & 0o777, list(copy.parent.iterdir())) == (0o600, [copy])
    place.idle()
    assert place.stop() == 0

    after = {row["id"] for row in place.rows("SELECT id FROM runs")}
    done = as_json(db(place, "restore", "copies/petit.db", "--format", "json"))
    restored = {row["id"] for row in place.rows("SELECT id FROM runs")}
    assert set(before) <= restored <= after
    with closing(sqlite3.connect(done["kept"])) as kept:
        assert {row[0] for row in kept.execute("SELECT id FROM runs")} == after
    place.start()
    place.idle()
    for run in before:
        assert place.get(f"/api/runs/{run}")["status"] == "completed"
    place.over(place.trigger("manual"))
    assert "all is well" in db(place, "check")


def test_a_backup_that_is_killed_leaves_what_was_there(place: Daemon) -> None:
    filled(place)
    change(place, "INSERT INTO meta VALUES ('filler', ?)", "x" * 60_000_000)
    target = place.home / "b.db"
    target.write_text("an older backup")
    for _ in range(3):
        words = ("--db", "petit.db", "db", "backup", "b.db", "--replace")
        copying = subprocess.Popen([*PETIT, *words], cwd=place.home, env=environment(HOME=str(place.home)))
        end = time.monotonic() + 20
        while not any(each.stat().st_size > 1_000_000 for each in place.home.glob(".b.db.*.part")):
            assert copying.poll() is None or target.stat().st_size > 100, "it was faster than we"
            assert time.monotonic() < end
            time.sleep(0.002)
        copying.kill()
        copying.wait()
        assert target.read_text() == "an older backup"
    db(place, "backup", "b.db", "--replace")
    assert list(place.home.glob(".b.db*")) == [], "what the killed ones left is gone"
    assert "all is well" in petit("--db", "b.db", "db", "check", cwd=place.home).stdout


def test_a_backup_goes_over_nothing_by_mistake(place: Daemon) -> None:
    filled(place)
    os.link(place.database, place.home / "same.db")
    assert "another file than the database" in db(place, "backup", "petit.db", code=2)
    assert "another file than the database" in db(place, "backup", "same.db", "--replace", code=2)
    db(place, "backup", "b.db")
    assert "--replace puts the new backup in its place" in db(place, "backup", "b.db", code=2)
    assert "there is no directory" in db(place, "backup", "nowhere/b.db", code=2)


def test_nothing_is_restored_made_smaller_or_migrated_below_a_scheduler(place: Daemon) -> None:
    filled(place)
    db(place, "backup", "b.db")
    place.start()
    pid = place.process.pid if place.process else 0
    for words in (("restore", "b.db"), ("vacuum",)):
        assert f"another scheduler (pid {pid}) is running" in db(place, *words, code=2)
    assert place.ask("GET", "/api/health").status == 200
    assert list(place.home.glob("petit.db.before*")) == []
    place.kill()
    assert "is restored from" in db(place, "restore", "b.db")


def test_a_damaged_database_is_replaced_and_kept(place: Daemon) -> None:
    filled(place)
    db(place, "backup", "b.db")
    place.database.write_bytes(b"rubbish" * 1000)
    place.database.with_name("petit.db-wal").write_bytes(b"more of it")
    told = as_json(db(place, "restore", "b.db", "--format", "json"))
    assert Path(told["kept"]).read_bytes() == b"rubbish" * 1000
    assert Path(f"{told['kept']}-wal").read_bytes() == b"more of it"
    assert "all is well" in db(place, "check")


def test_what_is_no_whole_backup_is_not_restored(place: Daemon) -> None:
    filled(place)
    db(place, "backup", "b.db")
    backup = place.home / "b.db"
    whole = backup.read_bytes()
    before = place.database.read_bytes()
    for content, said in (
        (whole[: len(whole) // 2], "its end is missing"),
        (whole[: 4096 * 3] + b"\xff" * 8192 + whole[4096 * 5 :], "damaged"),
        (b"SQLite format 3\0" + bytes(200), "another program"),
    ):
        backup.write_bytes(content)
        assert said in db(place, "restore", "b.db", code=2)
    assert "there is no backup" in db(place, "restore", "none.db", code=2)
    assert "the database itself" in db(place, "restore", "petit.db", code=2)
    assert place.database.read_bytes() == before


def test_a_backup_is_restored_where_nothing_is(place: Daemon) -> None:
    filled(place)
    db(place, "backup", "b.db")
    runs = len(place.rows("SELECT 1 FROM runs"))
    place.database.unlink()
    assert "what was there" not in db(place, "restore", "b.db")
    assert len(place.rows("SELECT 1 FROM runs")) == runs


# --- smaller, newer -----------------------------------------------------------------------------------------
def test_what_was_removed_gives_its_room_back(place: Daemon) -> None:
    filled(place)
    change(place, "INSERT INTO meta VALUES ('filler', ?)", "x" * 5_000_000)
    change(place, "DELETE FROM meta WHERE key = 'filler'")
    told = as_json(db(place, "vacuum", "--format", "json"))
    assert told["bytes_before"] - told["bytes_after"] > 4_000_000
    assert place.database.stat().st_size == told["bytes_after"]
    assert "all is well" in db(place, "check")


def test_an_older_database_is_brought_up_to_date(place: Daemon) -> None:
    newest = newest_version()
    with closing(sqlite3.connect(place.database)) as connection:
        for number, path in migrations()[:4]:
            connection.executescript(path.read_text())
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute(f"PRAGMA application_id = {0x50455449}")
        connection.execute("INSERT INTO database (only_row, uuid) VALUES (1, 'old')")
        connection.commit()
    assert "it is of version 4" in db(place, "check")
    assert f"from version 4 to {newest}" in db(place, "migrate")
    assert f"is of version {newest} already" in db(place, "migrate")
    assert "all is well: 0 runs" in db(place, "check")
    place.start()
    place.over(place.trigger("manual"))
