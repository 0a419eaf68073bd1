"""What pictures of a job's past ask SQLite is answered from an index, however much is stored."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.contract.rows import T0, run_id

from petit.storage import sqlite_past, sqlite_runs, sqlite_tallies
from petit.storage.base import RunFilter
from petit.storage.sqlite_file import connect_reader, open_file

Read = Callable[[sqlite3.Connection], object]

READS: dict[str, Read] = {
    "the days of a job": lambda made: sqlite_tallies.tallies(made, "job", since=T0, until=T0 * 2),
    "its first hour": lambda made: sqlite_tallies.first_hour(made, "job"),
    "its durations": lambda made: sqlite_past.spans(made, "job", since=None, until=None, limit=2_001),
    "its durations within a time": lambda made: sqlite_past.spans(
        made, "job", since=T0, until=T0 + 9, limit=2_001
    ),
    "the cells of its grid": lambda made: sqlite_past.cells(made, [run_id(1)]),
    "the tasks of its grid": lambda made: sqlite_past.task_ids(made, [run_id(1)]),
    "the runs of its grid": lambda made: sqlite_runs.page(
        made, RunFilter(job_id="job"), limit=50, before=run_id(9)
    ),
    "its failed runs": lambda made: sqlite_runs.page(
        made, RunFilter(job_id="job", statuses=("failed", "interrupted")), limit=50, before=None
    ),
}


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    path = tmp_path / "petit.db"
    open_file(path, busy_timeout_s=1).close()
    with closing(connect_reader(path)) as made:
        yield made


def plans(reader: sqlite3.Connection, read: Read) -> list[str]:
    """Return the steps that SQLite takes for all that is asked."""
    asked: list[str] = []
    reader.set_trace_callback(asked.append)
    read(reader)
    reader.set_trace_callback(None)
    assert asked
    return [row[3] for each in asked for row in reader.execute(f"EXPLAIN QUERY PLAN {each}")]


@pytest.mark.parametrize("what", READS)
def test_an_index_finds_it_and_gives_it_in_order(reader: sqlite3.Connection, what: str) -> None:
    steps = plans(reader, READS[what])
    assert steps
    assert [step for step in steps if not step.startswith("SEARCH ")] == []


def test_the_first_page_of_all_runs_walks_the_primary_key_and_stops(reader: sqlite3.Connection) -> None:
    asked: list[str] = []
    reader.set_trace_callback(asked.append)
    sqlite_runs.page(reader, RunFilter(), limit=20, before=None)
    reader.set_trace_callback(None)
    assert [each.endswith("ORDER BY id DESC LIMIT 20") for each in asked] == [True]
    assert plans(reader, lambda made: sqlite_runs.page(made, RunFilter(), limit=20, before=None)) == [
        "SCAN runs"
    ]


def test_of_a_span_of_time_only_runs_with_ids_that_do_not_tell_it_are_sorted(
    reader: sqlite3.Connection,
) -> None:
    which = RunFilter(job_id="job", since=T0, until=T0 + 9)
    first, *others = plans(reader, lambda made: sqlite_runs.page(made, which, limit=50, before=None))
    assert first == "SEARCH runs USING INDEX runs_by_job (job_id=? AND id>? AND id<?)"
    assert others == [
        "SEARCH runs USING INDEX runs_off_clock (created_at>? AND created_at<?)",
        "USE TEMP B-TREE FOR ORDER BY",
    ]
