"""The jobs directory is watched through all that can happen to it."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from watchfiles import Change

from petit.config import watch

PATIENCE_S = 30.0


class Watched:
    """A watch that counts what it tells."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.told = asyncio.Queue[None]()
        self.stop = asyncio.Event()
        self.task = asyncio.create_task(watch.watch(directory, self._tell, stop=self.stop))

    async def _tell(self) -> None:
        self.told.put_nowait(None)

    async def begin(self) -> None:
        """Wait until changes are seen: a file is written until the watch tells of one."""
        number = 0
        while self.told.empty():
            number += 1
            (self.directory / "begin.yaml").write_text(f"# {number}")
            await asyncio.sleep(0.05)
        await self.quiet()

    async def quiet(self) -> None:
        """Wait until nothing more is told."""
        while True:
            try:
                await asyncio.wait_for(self.told.get(), 3 * watch.QUIET_MS / 1000)
            except TimeoutError:
                return

    async def expect(self) -> None:
        """Wait for one change to be told."""
        await asyncio.wait_for(self.told.get(), PATIENCE_S)

    async def close(self) -> None:
        self.stop.set()
        await asyncio.wait_for(self.task, PATIENCE_S)


@pytest.fixture(autouse=True)
def in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "QUIET_MS", 50)
    monkeypatch.setattr(watch, "CHECK_MS", 300)
    monkeypatch.setattr(watch, "MISSING_CHECK_S", 0.05)


def write(directory: Path) -> None:
    (directory / "a.yaml").write_text("x")


def rename_over(directory: Path) -> None:
    (directory / ".tmp").write_text("y")
    (directory / ".tmp").rename(directory / "begin.yaml")


def delete(directory: Path) -> None:
    (directory / "begin.yaml").unlink()


def add_directory(directory: Path) -> None:
    (directory / "below").mkdir()
    (directory / "below" / "b.yml").write_text("z")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(write, id="a new file"),
        pytest.param(rename_over, id="a file renamed over another"),
        pytest.param(delete, id="a deleted file"),
        pytest.param(add_directory, id="a new directory"),
    ],
)
async def test_a_change_is_told(tmp_path: Path, change: Callable[[Path], None]) -> None:
    watched = Watched(tmp_path)
    await watched.begin()
    change(tmp_path)
    await watched.expect()
    await watched.close()


async def test_a_directory_that_is_deleted_and_made_again_is_watched_on(tmp_path: Path) -> None:
    directory = tmp_path / "jobs"
    directory.mkdir()
    watched = Watched(directory)
    await watched.begin()
    shutil.rmtree(directory)
    await watched.expect()
    await watched.quiet()
    directory.mkdir()
    await watched.expect()
    await watched.quiet()
    await watched.begin()
    await watched.close()


async def test_a_link_that_is_switched_to_another_directory_is_noticed(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    link = tmp_path / "jobs"
    link.symlink_to("one")
    watched = Watched(link)
    await watched.begin()
    (tmp_path / "new").symlink_to("two")
    (tmp_path / "new").rename(link)
    await watched.expect()
    await watched.quiet()
    (tmp_path / "two" / "b.yaml").write_text("x")
    await watched.expect()
    await watched.close()


async def test_a_directory_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    watched = Watched(tmp_path / "jobs")
    os.mkdir(tmp_path / "jobs")
    await watched.begin()
    await watched.close()


async def test_where_events_cannot_be_had_files_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "_POLL_MS", 50)
    stop = asyncio.Event()
    (tmp_path / "a.yaml").write_text("0")
    number = 0
    async for has_changed in watch._events(tmp_path, stop, is_polling=True):
        if has_changed:
            break
        number += 1
        (tmp_path / "a.yaml").write_text(f"{number} and more")
    stop.set()


@pytest.mark.parametrize(
    ("change", "path", "relevant"),
    [
        pytest.param(Change.modified, "/j/a.yaml", True, id="a job file"),
        pytest.param(Change.deleted, "/j/below/a.yml", True, id="one below"),
        pytest.param(Change.deleted, "/j", True, id="the directory itself"),
        pytest.param(Change.added, "/j/below", True, id="a new directory"),
        pytest.param(Change.modified, "/j/below", False, id="a file without a suffix that grows"),
        pytest.param(Change.added, "/j/out.csv", False, id="another file"),
        pytest.param(Change.modified, "/j/.a.yaml.swp", False, id="an editor's file"),
        pytest.param(Change.added, "/j/.a.yaml", False, id="a hidden file"),
        pytest.param(Change.modified, "/j/.petit/x/y.yaml", False, id="what lies in a hidden directory"),
        pytest.param(Change.added, "/j/..data", True, id="the link of mounted configuration"),
    ],
)
def test_what_may_concern_job_files(change: Change, path: str, relevant: bool) -> None:
    assert watch.is_relevant(change, path, "/j") is relevant
