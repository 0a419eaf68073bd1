"""Looking after a SQLite file."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from itertools import chain
from pathlib import Path

from petit.core.errors import DatabaseRefused, StorageError
from petit.storage import sqlite_check
from petit.storage.migrate import newest_version, version_of
from petit.storage.sqlite_file import READ_IDENTITY, connect, expect_ours, open_file, publish_directory
from petit.storage.upkeep import Checked, Progress

STEP_PAGES = 256
"""A backup goes on in steps of a megabyte. None of them keeps a writer waiting: readers never do."""

BUSY_S = 5.0
_SUFFIXES = ("-wal", "-shm")


class SqliteUpkeep:
    """Looks after one file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def newest(self) -> int:
        """The version of the newest schema that this Petit knows."""
        return newest_version()

    def version(self) -> int:
        """Return the version of its schema."""
        expect_ours(self.path)
        with closing(self._look()) as connection:
            return version_of(connection)

    def identity(self) -> tuple[str, str | None] | None:
        """Return its uuid and state directory."""
        return _identity(self.path)

    def _look(self) -> sqlite3.Connection:
        """Connect for reading alone: no trace is left where nobody has it open."""
        return _look(self.path)

    # --- check ----------------------------------------------------------------------------------------------
    def check(self, logs: Path | None, progress: Progress) -> Checked:
        """Look for what is wrong."""
        try:
            expect_ours(self.path)
            # Log files come after the row of their run: what is there now has its row in what is read next.
            with_logs = None if logs is None or not logs.is_dir() else sqlite_check.runs_with_logs(logs)
            with closing(self._look()) as connection:
                connection.execute("BEGIN")
                return _checked(connection, logs, with_logs, progress)
        except DatabaseRefused as error:
            if not error.evidence.get("is_damaged"):
                raise
            return Checked(problems=(str(error),))
        except sqlite3.DatabaseError as error:
            return Checked(problems=(f"the file is damaged: {error}",))

    # --- backup, restore ------------------------------------------------------------------------------------
    def backup(self, target: Path, progress: Progress) -> int:
        """Copy it."""
        expect_ours(self.path)
        with closing(connect(self.path, timeout_s=BUSY_S)) as source:
            # A snapshot: what is written meanwhile neither gets in nor makes the copying begin anew.
            source.execute("BEGIN")
            source.execute(READ_IDENTITY).fetchone()
            return _written(target, lambda draft: _copy(source, draft, progress))

    def restore(self, source: Path, aside: Path, progress: Progress) -> bool:
        """Put a copy in its place."""
        draft = _draft_of(self.path)
        try:
            with closing(_look(source)) as backup:
                _written(draft, lambda written: _copy(backup, written, progress))
            was_there = self.path.exists()
            if was_there:
                self._keep(aside)
            draft.replace(self.path)
            publish_directory(self.path.parent)
        finally:
            draft.unlink(missing_ok=True)
        return was_there

    def _keep(self, aside: Path) -> None:
        """Keep what is in its place under another name too; nothing of it may be read into the new one."""
        if _identity(self.path) is not None:  # else it is damaged, and its log goes with it as it is
            with suppress(sqlite3.Error), closing(connect(self.path, timeout_s=BUSY_S)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        try:
            os.link(self.path, aside)
        except OSError:  # a file system without hard links
            shutil.copy2(self.path, aside)
        for suffix in _SUFFIXES:
            log = self.path.with_name(self.path.name + suffix)
            if log.exists():
                log.rename(aside.with_name(aside.name + suffix))
        publish_directory(self.path.parent)

    # --- smaller, newer -------------------------------------------------------------------------------------
    def vacuum(self) -> tuple[int, int]:
        """Write it anew."""
        before = self.path.stat().st_size
        with closing(open_file(self.path, busy_timeout_s=BUSY_S)) as connection:
            try:
                connection.execute("VACUUM")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            except sqlite3.Error as error:
                raise StorageError(f"cannot make '{self.path}' smaller: {error}") from error
        return before, self.path.stat().st_size

    def migrate(self) -> None:
        """Bring it to the newest version."""
        open_file(self.path, busy_timeout_s=BUSY_S).close()


def _look(path: Path) -> sqlite3.Connection:
    has_log = path.with_name(f"{path.name}-wal").exists()
    return connect(path, timeout_s=BUSY_S, mode="ro" if has_log else "ro&immutable=1")


def _identity(path: Path) -> tuple[str, str | None] | None:
    try:
        with closing(_look(path)) as connection:
            uuid, state_dir, _ = connection.execute(READ_IDENTITY).fetchone()
    except (OSError, sqlite3.Error, TypeError):
        return None
    return uuid, state_dir


def _checked(
    connection: sqlite3.Connection, logs: Path | None, with_logs: list[str] | None, progress: Progress
) -> Checked:
    damage = [row[0] for row in connection.execute("PRAGMA integrity_check(10)") if row[0] != "ok"]
    if damage:  # whatever else is asked, the answers mean nothing
        return Checked(problems=tuple(f"the file is damaged: {each}" for each in damage))
    version = version_of(connection)
    if version < newest_version():
        older = f"it is of version {version}: what is in it is checked once `petit db migrate` was run"
        return Checked(notes=(older,))
    found: list[str | None] = [
        f"{row[0]} refers to a row of {row[2]} that is not there"
        for row in connection.execute("PRAGMA foreign_key_check")
    ]
    schedules = connection.execute("SELECT count(*) FROM schedules WHERE until IS NULL").fetchone()[0]
    total = len(sqlite_check.RULES) + schedules
    asked = chain(sqlite_check.problems(connection), sqlite_check.ledger_gaps(connection))
    for done, problem in enumerate(asked, start=1):
        progress(done, total)
        found.append(problem)
    runs = connection.execute("SELECT count(*) FROM runs").fetchone()[0]
    fates = connection.execute("SELECT count(*) FROM occurrences").fetchone()[0]
    if logs is None or with_logs is None:
        note: str | None = "there is no log directory: log files were not checked"
    else:
        note = sqlite_check.orphaned_logs(connection, with_logs)
        lost = sqlite_check.without_logs(connection, logs)
        connection.execute("COMMIT")
        found.append(sqlite_check.still_lost(connection, lost))
    return Checked(
        problems=tuple(each for each in found if each),
        notes=() if note is None else (note,),
        runs=runs,
        fates=fates,
    )


def _copy(source: sqlite3.Connection, draft: Path, progress: Progress) -> None:
    with closing(connect(draft, timeout_s=0)) as target:
        target.execute("PRAGMA synchronous = OFF")  # it is synced once, when it is whole
        source.backup(target, pages=STEP_PAGES, progress=lambda _, left, total: progress(total - left, total))
        # One file and nothing beside it: whoever opens it makes a write-ahead log again.
        target.execute("PRAGMA journal_mode = DELETE")
        answer = target.execute("PRAGMA quick_check(1)").fetchone()[0]
        if answer != "ok":
            raise StorageError(f"the copy is damaged ({answer}): so is the database; nothing was written")


def _draft_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def _sweep(target: Path) -> None:
    """Remove what a copy that was killed has left, of a process that is gone."""
    for left in target.parent.glob(f".{target.name}.*.part*"):
        pid = left.name[len(target.name) + 2 :].partition(".")[0]
        try:
            os.kill(int(pid), 0)
        except (ProcessLookupError, ValueError):
            left.unlink(missing_ok=True)
        except PermissionError:
            continue


def _written(target: Path, write: Callable[[Path], None]) -> int:
    """Have a file written under another name, and give it its own when it is whole and on the disk."""
    draft = _draft_of(target)
    _sweep(target)
    try:
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        write(draft)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        size = draft.stat().st_size
        draft.replace(target)
        publish_directory(target.parent)
    except sqlite3.Error as error:
        raise StorageError(f"cannot write '{target}': {error}") from error
    finally:
        draft.unlink(missing_ok=True)
        draft.with_name(f"{draft.name}-journal").unlink(missing_ok=True)
    return size
