"""What SQLite's errors mean."""

from __future__ import annotations

import sqlite3

import pytest

from petit.core.errors import StorageError, StorageUnavailable
from petit.storage.sqlite_failures import cause_of, explain


def error(code: int) -> sqlite3.Error:
    raised = sqlite3.OperationalError("said by SQLite")
    raised.sqlite_errorcode = code
    return raised


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        pytest.param(sqlite3.SQLITE_FULL, "disk_full", id="full"),
        pytest.param(sqlite3.SQLITE_IOERR_FSYNC, "io_error", id="an extended code counts as its primary one"),
        pytest.param(sqlite3.SQLITE_BUSY, "locked", id="busy"),
        pytest.param(sqlite3.SQLITE_READONLY_DBMOVED, "io_error", id="the file was moved away"),
        pytest.param(sqlite3.SQLITE_CORRUPT, "damaged", id="corrupt"),
    ],
)
def test_causes(code: int, cause: str) -> None:
    explained = explain(error(code))
    assert isinstance(explained, StorageUnavailable)
    assert cause_of(explained) == explained.evidence["cause"] == cause


def test_a_refused_statement_is_no_failure_of_the_disk() -> None:
    explained = explain(error(sqlite3.SQLITE_CONSTRAINT))
    assert type(explained) is StorageError
    assert cause_of(explained) is None


def test_other_errors_are_left_as_they_are() -> None:
    own = ValueError("own")
    assert explain(own) is own
