"""The database file: what is refused stays untouched, what is made is made whole."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.contract.rows import new_run, run_id

from petit.core.errors import DatabaseRefused
from petit.storage.migrate import APPLICATION_ID, migrations, newest_version
from petit.storage.sqlite import SqliteStorage


def sql(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement).fetchall()


async def opened(path: Path) -> SqliteStorage:
    storage = SqliteStorage(path)
    await storage.open()
    return storage


async def make(path: Path) -> None:
    """A database with a few runs, closed in good order."""
    storage = await opened(path)
    for number in range(40):
        await storage.create_run(new_run(number))
    await storage.close()


def foreign(path: Path) -> None:
    sql(path, "CREATE TABLE theirs (a)", "INSERT INTO theirs VALUES (1)")


def foreign_in_wal_mode(path: Path) -> None:
    sql(path, "PRAGMA journal_mode = WAL", "CREATE TABLE theirs (a)")


def of_another_program(path: Path) -> None:
    sql(path, "PRAGMA application_id = 77", "CREATE TABLE theirs (a)")


def newer(path: Path) -> None:
    asyncio.run(make(path))
    sql(path, f"PRAGMA user_version = {newest_version() + 1}")


def text(path: Path) -> None:
    path.write_text("id: not_a_database\n")


def cut_short(path: Path) -> None:
    asyncio.run(make(path))
    os.truncate(path, path.stat().st_size // 2)


def only_a_header(path: Path) -> None:
    asyncio.run(make(path))
    os.truncate(path, 90)


def torn_page(path: Path) -> None:
    asyncio.run(make(path))
    with path.open("r+b") as file:
        file.seek(2 * 4096)
        file.write(b"\xff" * 4096)


def directory(path: Path) -> None:
    path.mkdir()


def pipe(path: Path) -> None:
    os.mkfifo(path)


REFUSED = [
    pytest.param(
        foreign, "a database of another program; name another file", id="a database of somebody else"
    ),
    pytest.param(foreign_in_wal_mode, "a database of another program", id="one in WAL mode"),
    pytest.param(of_another_program, "a database of another program", id="one with another application id"),
    pytest.param(
        newer, r"written by a newer Petit \(schema \d+; we know \d+\): upgrade Petit", id="a newer schema"
    ),
    pytest.param(text, "is not a database; name another file", id="a text file"),
    pytest.param(only_a_header, "is not a database", id="less than a header"),
    pytest.param(cut_short, "damaged: its end is missing; restore a backup", id="a file cut short"),
    pytest.param(torn_page, "damaged .*restore a backup", id="a page overwritten"),
    pytest.param(directory, "is not a regular file", id="a directory"),
    pytest.param(pipe, "is not a regular file", id="a pipe"),
]


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def snapshot(folder: Path) -> dict[str, Any]:
    return {
        each.name: (
            each.stat().st_mtime_ns,
            each.stat().st_size,
            each.read_bytes() if each.is_file() else None,
        )
        for each in folder.iterdir()
    }


@pytest.mark.parametrize(("prepare", "sentence"), REFUSED)
def test_what_is_refused_is_left_untouched(
    tmp_path: Path, prepare: Callable[[Path], None], sentence: str
) -> None:
    path = tmp_path / "petit.db"
    prepare(path)
    before = snapshot(tmp_path)
    with pytest.raises(DatabaseRefused, match=sentence) as refused:
        asyncio.run(opened(path))
    assert snapshot(tmp_path) == before
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_newer_schema_in_the_write_ahead_log_only_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "petit.db"
    asyncio.run(make(path))
    write = (
        "import sqlite3, os, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "c.execute('PRAGMA user_version = 999'); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", write, str(path)], check=False)
    before = {name: each[2] for name, each in snapshot(tmp_path).items() if not name.endswith("-shm")}
    assert before["petit.db-wal"]
    with pytest.raises(DatabaseRefused, match="newer Petit"):
        asyncio.run(opened(path))
    after = {name: each[2] for name, each in snapshot(tmp_path).items() if not name.endswith("-shm")}
    assert after == before


async def test_a_missing_directory_is_said(tmp_path: Path) -> None:
    with pytest.raises(DatabaseRefused, match=r"directory '.*/no' does not exist"):
        await opened(tmp_path / "no" / "petit.db")
    assert names(tmp_path) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
@pytest.mark.parametrize("there", [True, False], ids=["an existing file", "a new file"])
def test_what_cannot_be_written_is_said(tmp_path_factory: pytest.TempPathFactory, there: bool) -> None:
    folder = tmp_path_factory.mktemp("theirs")
    for each in (folder, *folder.parents[:3]):
        if each.name.startswith(("pytest-", "theirs")):
            each.chmod(0o755)
    path = folder / "petit.db"
    if there:
        asyncio.run(make(path))
    os.seteuid(65534)
    try:
        with pytest.raises(DatabaseRefused, match="Permission denied"):
            asyncio.run(opened(path))
    finally:
        os.seteuid(0)


async def test_a_new_database_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "petit.db"
    before = os.umask(0)
    try:
        storage = await opened(path)
        await storage.set_meta("a", "b")
    finally:
        os.umask(before)
    modes = {name: (tmp_path / name).stat().st_mode & 0o777 for name in names(tmp_path)}
    assert modes == {"petit.db": 0o600, "petit.db-wal": 0o600, "petit.db-shm": 0o600}
    await storage.close()
    assert names(tmp_path) == ["petit.db"]


async def test_names_are_taken_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a b?c#d%20é.db"
    await make(path)
    assert names(tmp_path) == [path.name]
    storage = await opened(path)
    assert await storage.run(run_id(1)) is not None
    await storage.close()


async def test_an_empty_file_becomes_a_database(tmp_path: Path) -> None:
    path = tmp_path / "petit.db"
    path.touch()
    await make(path)
    storage = await opened(path)
    assert await storage.last_run_ms() > 0
    await storage.close()


async def test_identity_and_facts_survive(tmp_path: Path) -> None:
    path = tmp_path / "petit.db"
    storage = await opened(path)
    uuid = storage.uuid
    await storage.set_state_dir("/var/lib/petit")
    change = storage.change
    await storage.close()
    assert storage.change == change
    again = await opened(path)
    assert (again.uuid, again.state_dir, again.change) == (uuid, "/var/lib/petit", change)
    await again.close()


@pytest.mark.parametrize("version", range(newest_version()))
async def test_a_database_of_any_earlier_version_is_brought_up(tmp_path: Path, version: int) -> None:
    path = tmp_path / "petit.db"
    with closing(sqlite3.connect(path)) as connection:
        for number, script in migrations():
            if number <= version:
                connection.executescript(script.read_text())
                connection.execute(f"PRAGMA user_version = {number}")
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    storage = await opened(path)
    await storage.create_run(new_run(1))
    await storage.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (newest_version(),)
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)


def test_one_database_is_made_where_several_start_at_once(tmp_path: Path) -> None:
    path = tmp_path / "petit.db"
    start = (
        "import asyncio, sys; from pathlib import Path; from petit.storage.sqlite import SqliteStorage\n"
        "async def main():\n"
        "    storage = SqliteStorage(Path(sys.argv[1])); await storage.open()\n"
        "    await storage.set_meta(sys.argv[2], storage.uuid); await storage.close()\n"
        "asyncio.run(main())"
    )
    arguments = [[sys.executable, "-c", start, str(path), str(number)] for number in range(4)]
    processes = [subprocess.Popen(each) for each in arguments]
    assert [process.wait(60) for process in processes] == [0] * 4
    with closing(sqlite3.connect(path)) as connection:
        (uuid,) = connection.execute("SELECT uuid FROM database").fetchone()
        assert connection.execute("SELECT key, value FROM meta ORDER BY key").fetchall() == [
            (str(number), uuid) for number in range(4)
        ]
    assert names(tmp_path) == ["petit.db"]


async def test_what_failed_before_episodes_were_kept_is_told(tmp_path: Path) -> None:
    path = tmp_path / "petit.db"
    with closing(sqlite3.connect(path)) as connection:
        for number, script in migrations()[:2]:
            connection.executescript(script.read_text())
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("INSERT INTO database (only_row, uuid) VALUES (1, 'u')")
        for job, outcomes in (("bad", "cffi"), ("good", "ffc"), ("new", "x")):
            connection.execute(
                "INSERT INTO jobs (job_id, definition, file, first_seen) VALUES (?, 'd', 'f', 0)", (job,)
            )
            for at, outcome in enumerate(outcomes, start=1):
                status = {"c": "completed", "f": "failed", "i": "interrupted", "x": "cancelled"}[outcome]
                connection.execute(
                    "INSERT INTO runs (id, job_id, status, trigger, created_at, definition, started_at,"
                    " ended_at, catchup, changed, off_clock)"
                    " VALUES (?, ?, ?, 'manual', ?, 'd', ?, ?, 0, 1, 1)",
                    (f"{job}-{at}", job, status, at, at, at),
                )
            last = outcomes.rfind("c") + 1 or None
            connection.execute(
                "INSERT INTO job_marks VALUES (?, ?, NULL, NULL, ?, ?)",
                (job, f"{job}-{len(outcomes)}", last and f"{job}-{last}", last),
            )
        connection.commit()
    storage = await opened(path)
    found = await storage.episodes(recovered_since=0, limit=10)
    assert [(each.job_id, each.since, each.failures) for each in found.failing] == [("bad", 2, 3)]
    assert [each.run and each.run.id for each in found.failing] == ["bad-4"]
    await storage.close()


async def test_a_file_whose_end_is_still_in_the_log_is_whole(tmp_path: Path) -> None:
    """A power cut amid a checkpoint: the first page, with the new size, came to the disk before the last."""
    await make(tmp_path / "a.db")
    storage = await opened(tmp_path / "a.db")
    for number in range(40, 200):
        await storage.create_run(new_run(number))
    old, log = (tmp_path / "a.db").read_bytes(), (tmp_path / "a.db-wal").read_bytes()
    await storage.close()
    new = (tmp_path / "a.db").read_bytes()
    assert len(new) > len(old)
    (tmp_path / "b.db").write_bytes(new[:4096] + old[4096:])
    (tmp_path / "b.db-wal").write_bytes(log)
    again = await opened(tmp_path / "b.db")
    assert await again.run(run_id(199)) is not None
    await again.close()
