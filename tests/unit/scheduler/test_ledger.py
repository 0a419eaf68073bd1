"""Pages of single occurrences are those of a plain list, whatever ranges overlap and wherever a page ends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from petit.core.schedule import Schedule, parse_schedule
from petit.scheduler.ledger import Occurrence, expand
from petit.storage.base import OccurrenceFilter
from petit.storage.memory import MemoryStorage
from petit.storage.records import Fate, OccurrenceRow

START = 1_767_225_600_000
MINUTE = 60_000
SCHEDULES = ("* * * * *", "*/2 * * * *", "*/7 * * * *")


@st.composite
def ledgers(draw: st.DrawFn) -> list[OccurrenceRow]:
    """Rows of some schedules: single due times and ranges that follow each other without overlap in each."""
    rows: list[OccurrenceRow] = []
    for job_id in ("a", "b"):
        for text in draw(st.lists(st.sampled_from(SCHEDULES), unique=True, max_size=3)):
            schedule = parse_schedule(text, "UTC")
            due = schedule.next_after(START)
            for count in draw(st.lists(st.integers(1, 9), max_size=5)):
                dues = [due]
                while len(dues) < count and dues[-1] is not None:
                    dues.append(schedule.next_after(dues[-1]))
                first, last = dues[0], dues[-1]
                assert first is not None
                assert last is not None
                rows.append(_row(job_id, schedule.key, first, last, "missed" if count % 2 else "skipped"))
                due = schedule.next_after(last + draw(st.integers(0, 3)) * MINUTE)
    return rows


def _row(job_id: str, key: str, first: int, last: int, fate: Fate) -> OccurrenceRow:
    return OccurrenceRow(
        job_id=job_id,
        schedule=key,
        first_due=first,
        last_due=last,
        fate=fate,
        decided_at=last,
        reason=f"{first}",  # its own: rows that follow each other stay apart
    )


def _single(rows: list[OccurrenceRow], which: OccurrenceFilter) -> list[tuple[int, str, str]]:
    """The plain list: every due time of every row."""
    found = [
        (due, row.job_id, row.schedule)
        for row in rows
        for due in Schedule.from_key(row.schedule).between(row.first_due - 1, row.last_due)
        if (which.job_id is None or row.job_id == which.job_id)
        and (which.fate is None or row.fate == which.fate)
        and (which.since is None or due >= which.since)
        and (which.until is None or due < which.until)
    ]
    return sorted(found, reverse=True)


minutes = st.none() | st.integers(0, 60).map(lambda count: START + count * MINUTE)
filters = st.builds(
    OccurrenceFilter,
    job_id=st.sampled_from([None, "a"]),
    fate=st.sampled_from([None, "missed"]),
    since=minutes,
    until=minutes,
)


@given(rows=ledgers(), which=filters, limit=st.integers(1, 7))
async def test_pages_are_those_of_a_plain_list(
    rows: list[OccurrenceRow], which: OccurrenceFilter, limit: int
) -> None:
    storage = MemoryStorage()
    await storage.record(rows)
    read: list[Occurrence] = []
    while page := await expand(storage, which, limit=limit, before=read[-1].place if read else None):
        read.extend(page)
        if len(page) < limit:
            break
    assert [each.place for each in read] == _single(rows, which)


async def test_a_page_of_nothing_reads_nothing() -> None:
    assert await expand(MemoryStorage(), OccurrenceFilter(), limit=0, before=None) == []


async def test_ranges_that_reach_over_the_end_hide_no_single_due_time() -> None:
    storage = MemoryStorage()
    key = parse_schedule("* * * * *", "UTC").key
    ranges = [_row(f"j{n}", key, START, START + 90 * MINUTE, "missed") for n in range(5)]
    await storage.record([*ranges, _row("z", key, START + 9 * MINUTE, START + 9 * MINUTE, "skipped")])
    which = OccurrenceFilter(until=START + 10 * MINUTE)
    page = await expand(storage, which, limit=3, before=None)
    assert [each.job_id for each in page] == ["z", "j4", "j3"]
