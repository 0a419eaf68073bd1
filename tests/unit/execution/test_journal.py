"""The journal tells the next keeper what the last one did, however it ended."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from petit.execution.keeper.journal import COMPACT_AT, Journal, read_past
from petit.execution.keeper.wire import JOURNAL


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[int]:
    fd = os.open(tmp_path, os.O_RDONLY)
    yield fd
    os.close(fd)


INTENT = ["intent", "a", "/logs/a", None, 500, 1000, 7]
STARTED = ["started", "a", 42, 1_000, 2_000]
ENDING = ["ending", "a", "timeout"]
OVER = ["over", "a", 1, None, 3_000]
ENDED = ["ended", "a", 1, None, 3_000, None, []]
FAILED = ["failed", "a", "no such program", 2, 3_000]


@pytest.mark.parametrize(
    ("records", "held"),
    [
        pytest.param([], [], id="an empty one"),
        pytest.param([INTENT], ["intents"], id="announced"),
        pytest.param([INTENT, STARTED], ["intents", "started"], id="running"),
        pytest.param([INTENT, STARTED, ENDING], ["intents", "started", "endings"], id="being ended"),
        pytest.param([INTENT, STARTED, OVER], ["intents", "started", "overs"], id="over, with leftovers"),
        pytest.param([INTENT, STARTED, ENDING, OVER, ENDED], ["ends"], id="ended"),
        pytest.param([INTENT, FAILED], ["ends"], id="failed to start"),
        pytest.param([INTENT, STARTED, ENDED, ["ack", ["a"]]], [], id="acknowledged"),
        pytest.param([["ack", ["unheard"]], INTENT], ["intents"], id="an ack for something else"),
    ],
)
def test_what_is_held_after_these_records(directory: int, records: list[list[Any]], held: list[str]) -> None:
    journal = Journal(directory, "boot")
    journal.begin([])
    for record in records:
        journal.note(record)
    assert journal.write() is None
    journal.sync()
    past = read_past(directory)
    assert past.boot_id == "boot"
    stages = ("intents", "started", "endings", "overs", "ends")
    assert [stage for stage in stages if "a" in getattr(past, stage)] == held


@pytest.mark.parametrize("cut", range(1, 36, 3))
def test_a_record_cut_off_by_death_counts_as_not_written(directory: int, tmp_path: Path, cut: int) -> None:
    journal = Journal(directory, "boot")
    journal.begin([INTENT, STARTED])
    journal.note(ENDED)
    journal.write()
    path = tmp_path / JOURNAL
    path.write_bytes(path.read_bytes()[:-cut])
    past = read_past(directory)
    assert past.started == {"a": STARTED} if cut > 1 else past.ends == {"a": ENDED}


def test_garbage_lines_are_passed_over(directory: int, tmp_path: Path) -> None:
    (tmp_path / JOURNAL).write_bytes(b'\xff\xfe\n[]\n7\n["intent"]\n{}\n["started","a",1,2,3]\n\n["x","y"]\n')
    assert read_past(directory).started == {"a": ["started", "a", 1, 2, 3]}


def test_there_may_be_no_journal(directory: int) -> None:
    assert read_past(directory).boot_id == ""


def test_a_long_journal_begins_afresh_with_what_is_held(directory: int, tmp_path: Path) -> None:
    journal = Journal(directory, "boot")
    journal.begin([])
    while not journal.is_long:
        journal.note(INTENT)
        journal.write()
    assert (tmp_path / JOURNAL).stat().st_size > COMPACT_AT
    journal.begin([INTENT])
    assert not journal.is_long
    assert (tmp_path / JOURNAL).stat().st_size < 200
    journal.note(ENDED)
    journal.write()
    assert read_past(directory).ends == {"a": ENDED}
    assert (tmp_path / JOURNAL).stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_written_is_written_with_the_next(directory: int) -> None:
    journal = Journal(directory, "boot")
    journal.begin([])
    journal.note(INTENT)
    good, journal._fd = journal._fd, os.open("/dev/full", os.O_WRONLY)
    error = journal.write()
    assert error is not None
    os.close(journal._fd)
    journal._fd = good
    journal.note(STARTED)
    assert journal.write() is None
    assert set(read_past(directory).started) == {"a"}
    assert set(read_past(directory).intents) == {"a"}
