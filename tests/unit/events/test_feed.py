from __future__ import annotations

import pytest

from petit.events.facts import (
    Fact,
    JobsReloaded,
    OccurrenceSkipped,
    RunCompleted,
    RunStarted,
    TaskRetrying,
    name_of,
)
from petit.events.feed import EventId, Feed


class Numbers:
    """A storage's change number."""

    def __init__(self) -> None:
        self.change = 7

    def __call__(self) -> int:
        return self.change


def started(run_id: str = "r1", at: int = 1) -> Fact:
    return RunStarted(at=at, run_id=run_id, job_id="job", trigger="manual")


def written(fact: Fact) -> bytes:
    return b'{"at":%d}' % fact.at


def read(feed: Feed) -> None:
    """Read all that is kept."""
    for entry in feed.entries(0):
        feed.block(entry, written)


def kept(feed: Feed, place: int = 0) -> list[str]:
    return [str(entry.id) for entry in feed.entries(place)]


def test_ids_grow_with_the_change_number_and_within_one() -> None:
    numbers = Numbers()
    feed = Feed(numbers)
    for change in (7, 8, 8, 8, 12, 12):
        numbers.change = change
        feed.add(started())
    assert kept(feed) == ["7-1", "8-0", "8-1", "8-2", "12-0", "12-1"]
    assert str(feed.newest) == "12-1"


def test_an_event_is_written_whole() -> None:
    feed = Feed(Numbers())
    feed.add(RunCompleted(at=5, run_id="r", job_id="j", started_at=2))
    (entry,) = feed.entries(0)
    assert feed.block(entry, written) == b'id: 7-1\nevent: run_completed\ndata: {"at":5}\n\n'
    assert (entry.run_id, entry.is_end) == ("r", True)


def test_an_event_is_written_for_its_first_reader() -> None:
    feed = Feed(Numbers())
    feed.add(started())
    (entry,) = feed.entries(0)
    assert (entry.block, entry.fact) == (None, started())
    first = feed.block(entry, written)
    assert feed.block(entry, written) is first
    assert entry.fact is None


def test_only_facts_of_runs_name_one() -> None:
    feed = Feed(Numbers())
    feed.add(JobsReloaded(at=1, added=("a",)))
    feed.add(started("r9"))
    assert [(entry.run_id, entry.is_end) for entry in feed.entries(0)] == [(None, False), ("r9", False)]


@pytest.mark.parametrize(
    ("fact", "name"),
    [
        pytest.param(started(), "run_started", id="a run"),
        pytest.param(JobsReloaded(at=1), "jobs_reloaded", id="files"),
        pytest.param(
            TaskRetrying(
                at=1, run_id="r", job_id="j", task_id="t", attempt=1, status="failed", error=None, next_at=2
            ),
            "task_retrying",
            id="a task",
        ),
        pytest.param(
            OccurrenceSkipped(at=1, job_id="j", schedule="s", first_due=1, last_due=1, reason="paused"),
            "occurrence_skipped",
            id="a due time",
        ),
    ],
)
def test_facts_are_named_in_snake_case(fact: Fact, name: str) -> None:
    assert name_of(fact) == name


def test_no_more_facts_are_kept_than_the_limit() -> None:
    feed = Feed(Numbers(), max_facts=3)
    for _ in range(5):
        feed.add(started())
    assert (feed.start, feed.end, kept(feed)) == (2, 5, ["7-3", "7-4", "7-5"])


def test_no_more_bytes_are_kept_than_the_limit_and_the_newest_always_is() -> None:
    feed = Feed(Numbers(), max_bytes=100)
    for _ in range(9):
        feed.add(started())
        read(feed)
    assert kept(feed) == ["7-7", "7-8", "7-9"]
    feed.add(started())
    assert kept(feed) == ["7-8", "7-9", "7-10"]
    big = Feed(Numbers(), max_bytes=10)
    for _ in range(3):
        big.add(started())
        read(big)
    assert kept(big) == ["7-3"]


@pytest.mark.parametrize(
    ("seen", "place"),
    [
        pytest.param((7, 5), 5, id="the newest"),
        pytest.param((7, 4), 4, id="one before it"),
        pytest.param((7, 2), None, id="one that is kept no more"),
        pytest.param((7, 0), None, id="the beginning, where facts are gone"),
        pytest.param((7, 6), None, id="one to come"),
        pytest.param((6, 9), None, id="an earlier life"),
        pytest.param((999, 0), None, id="another database"),
    ],
)
def test_where_a_reader_goes_on(seen: tuple[int, int], place: int | None) -> None:
    feed = Feed(Numbers(), max_facts=3)
    for _ in range(5):
        feed.add(started())
    assert feed.behind(EventId(*seen)) == place


def test_a_reader_of_the_beginning_hears_all() -> None:
    feed = Feed(Numbers())
    assert feed.behind(feed.newest) == 0
    begin = feed.newest
    feed.add(started())
    assert feed.behind(begin) == 0


async def test_whoever_waits_is_woken_by_the_next_fact() -> None:
    feed = Feed(Numbers())
    waits = feed.next()
    assert feed.next() is waits
    feed.add(started())
    feed.add(started())
    assert waits.done()
    assert not feed.next().done()
