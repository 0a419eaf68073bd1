from __future__ import annotations

import stat
from pathlib import Path

import pytest

from petit.bootstrap.notice import Notice, read_notice, write_notice
from petit.bootstrap.places import Location, locate, settle
from petit.core.errors import SchedulerAlreadyRunning, SettingsError
from petit.storage.factory import open_storage
from petit.storage.lock import SchedulerLock

CWD = Path("/here")

LOCATIONS = {
    "nothing said: all in .petit here": (None, None, "/here/.petit/petit.db", "/here/.petit", False),
    "a database: .petit beside it": (
        "data/p.db",
        None,
        "/here/data/p.db",
        "/here/data/.petit",
        False,
    ),
    "an absolute database": ("/srv/p.db", None, "/srv/p.db", "/srv/.petit", False),
    "a state directory holds the database": (None, "s", "/here/s/petit.db", "/here/s", True),
    "both said": ("p.db", "/var/lib/petit", "/here/p.db", "/var/lib/petit", True),
    "dots are resolved": ("../p.db", None, "/p.db", "/.petit", False),
    "memory: .petit here": (":memory:", None, ":memory:", "/here/.petit", False),
}


@pytest.mark.parametrize(
    ("database", "state_dir", "file", "directory", "is_chosen"), LOCATIONS.values(), ids=LOCATIONS.keys()
)
def test_locate(
    database: str | None, state_dir: str | None, file: str, directory: str, is_chosen: bool
) -> None:
    found = locate(database, state_dir, cwd=CWD)
    assert found == Location(database=file, state_dir=Path(directory), is_chosen=is_chosen)


async def settled(database: Path, state_dir: Path | None = None) -> Path:
    location = locate(str(database), None if state_dir is None else str(state_dir), cwd=database.parent)
    storage = open_storage(location.database)
    await storage.open()
    try:
        return (await settle(storage, location)).root
    finally:
        await storage.close()


async def test_the_directory_is_private_and_named_after_the_database(tmp_path: Path) -> None:
    root = await settled(tmp_path / "p.db")
    assert root.parent == tmp_path / ".petit"
    assert stat.S_IMODE(root.stat().st_mode) == 0o700
    assert await settled(tmp_path / "p.db") == root


async def test_the_database_remembers_its_state_directory(tmp_path: Path) -> None:
    root = await settled(tmp_path / "p.db", tmp_path / "elsewhere")
    assert await settled(tmp_path / "p.db") == root


async def test_another_state_directory_is_refused_while_the_old_one_is_there(tmp_path: Path) -> None:
    await settled(tmp_path / "p.db", tmp_path / "one")
    with pytest.raises(SettingsError, match="has its state in"):
        await settled(tmp_path / "p.db", tmp_path / "two")


async def test_who_runs_in_the_old_state_directory_is_named(tmp_path: Path) -> None:
    root = await settled(tmp_path / "p.db", tmp_path / "one")
    lock = SchedulerLock(root / "lock")
    lock.acquire(pid=77, started_at=0)
    with pytest.raises(SchedulerAlreadyRunning, match="pid 77"):
        await settled(tmp_path / "p.db", tmp_path / "two")
    lock.release()
    assert not (tmp_path / "two").exists()


async def test_of_two_first_starts_the_faster_one_says_where_the_state_is(tmp_path: Path) -> None:
    names = ("one", "two")
    both = [open_storage(str(tmp_path / "p.db")) for _ in names]
    places = []
    for storage in both:
        await storage.open()
    for storage, name in zip(both, names, strict=True):
        location = Location(database=str(tmp_path / "p.db"), state_dir=tmp_path / name, is_chosen=False)
        places.append(await settle(storage, location))
        await storage.close()
    assert [each.root.parent for each in places] == [tmp_path / "one"] * 2


async def test_a_project_that_was_moved_is_found_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    root = await settled(tmp_path / "old" / "p.db")
    (tmp_path / "old").rename(tmp_path / "new")
    assert await settled(tmp_path / "new" / "p.db") == tmp_path / "new" / ".petit" / root.name


async def test_a_state_directory_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match=r"cannot use the state directory .*: Not a directory"):
        await settled(tmp_path / "p.db", tmp_path / "file" / "state")


def test_a_notice_is_read_as_it_was_written(tmp_path: Path) -> None:
    notice = Notice(pid=1, jobs_dir="/jobs", api=("http://127.0.0.1:8565",), version="1")
    write_notice(tmp_path / "scheduler.json", notice)
    assert read_notice(tmp_path / "scheduler.json") == notice


def test_a_notice_that_is_not_there_or_not_understood_is_none(tmp_path: Path) -> None:
    (tmp_path / "strange.json").write_text("[1]")
    assert read_notice(tmp_path / "none.json") is None
    assert read_notice(tmp_path / "strange.json") is None
