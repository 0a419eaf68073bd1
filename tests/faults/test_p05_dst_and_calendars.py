"""P5: DST and calendars are exact.

An oracle (tests/support/cron_oracle.py) walks minutes and asks zoneinfo what clocks show. A second opinion is
cronsim 2.8, from which Petit differs on purpose in this (`test_a_difference_from_cronsim` shows each case):

- With six fields cronsim gives no DST treatment: `0 30 2 * * *` is lost in spring and runs twice in autumn.
- A fixed time asked for within the second pass of a repeated hour lies in the past (`45 1 * * *` after the
  second 01:12 is said to be the first 01:45): a loop that asks again and again would stand still.
- `*` hours are stepped by 60 minutes of real time: where clocks change by 30 (Lord Howe) times are missed.
- Backwards from a repeated stretch, fixed times are passed over.
- `5-5/2` is read as `5/2`, FRI-SUN and FRIL are refused, `*/90` is accepted as if it said hourly.

The rule differs from Debian's in one thing, as cronsim does: Debian takes a change of three hours or more for
a correction of the clock, and would lose the run of a day that a country leaves out (Apia, 2011-12-30).
"""

from __future__ import annotations

import bisect
import random
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from cronsim import CronSim
from tests.support.cron_oracle import UTC, Pattern, Walk, changes, day_matches
from tests.support.scale import scale, scaled
from tests.support.tally import tell

from petit.core.schedule import parse_schedule

pytestmark = pytest.mark.faults

ZONES = [
    "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu",
    "America/St_Johns", "Pacific/Apia", "America/Sao_Paulo", "Asia/Beirut", "America/Caracas",
    "Antarctica/Casey", "Antarctica/Troll", "America/Havana", "UTC",
]  # fmt: skip
FIRST_YEAR, LAST_YEAR = 2000, 2037
AROUND_S = 30 * 3600

FIVE_FIELDS = [
    "* * * * *", "*/5 * * * *", "0 * * * *", "30 * * * *", "7-59/13 * * * *", "0 */2 * * *", "10 */3 * * *",
    "*/15 2 * * *", "* 2 * * *", "*/30 0 * * *", "30 2 * * *", "0 2 * * *", "0,30 2 * * *", "15 1-3 * * *",
    "45 1 * * *", "5 0 * * *", "0 0 * * *", "30 23 * * *", "0-59 2 * * *", "0-59 1 * * *", "0 0-23 * * *",
    "30 1,2,3 * * *", "20-40/5 2 * * SUN", "0 3 * * 7", "0 2 * * MON-FRI", "30 2 L * *", "30 1 LW * *",
    "0 2 * * 0L", "30 1 * * SUN#4", "0 2 * * 0#1,0#2", "30 2 25-31 3,10 *", "0 2 1 * SUN", "59 23 31 12 *",
    "0 0 30 12 *", "17 3 * MAR,OCT *", "30 0-5/2 */2 * *", "50 23 * * 6", "1 0 1 * *",
]  # fmt: skip
SIX_FIELDS = [
    "0 0 2 * * *", "15 30 2 * * *", "*/10 30 2 * * *", "0 30 1 * * *", "59 59 1 * * *", "0,30 0,30 2 * * *",
    "* 0 0 * * *", "*/30 */7 * * * *", "5 0-59/20 1-3 * * *",
]  # fmt: skip
PATTERNS = FIVE_FIELDS + SIX_FIELDS
DATES = [
    "* * *", "1 * *", "31 * *", "29 2 *", "L * *", "LW * *", "1,15,L * *", "* * 5", "* * 7", "* * MON-FRI",
    "* * 5L", "* * SAT#5", "* * 1#1,3#3", "13 * FRI", "1-7 * 1", "*/2 * 1", "* */3 */2", "*/10 * 0#2",
    "31 4,6,9,11,12 *", "29-31 FEB-MAR *", "LW * 0L", "1 JAN *", "5/7 * *", "* 1/4 2/3",
]  # fmt: skip


def windows() -> list[tuple[str, int]]:
    """Pick changes of offset: as many as make up the figure with all patterns on each."""
    rng = random.Random(5)
    others = sorted(available_timezones() - set(ZONES))
    zones = ZONES + (others if scale() == "soak" else rng.sample(others, 6 if scale() == "gate" else 60))
    found = [(zone, at) for zone in zones for at in changes(zone, FIRST_YEAR, LAST_YEAR)]
    rng.shuffle(found)
    calm = [(zone, int(datetime(2024, 2, 28, tzinfo=UTC).timestamp())) for zone in ("UTC", "Asia/Kathmandu")]
    skipped_day = ("Pacific/Apia", int(datetime(2011, 12, 30, 12, tzinfo=UTC).timestamp()))
    count = -(-scaled(quick=50_000, soak=100_000_000) // len(PATTERNS))
    return [*calm, skipped_day, *found][:count]


def check(zone: str, text: str, walk: Walk, rng: random.Random) -> int:
    """Compare one pattern in one window, both ways and from odd moments; return the count of due times."""
    schedule = parse_schedule(text, zone)
    expected = [second * 1000 for second in Pattern(text).due(walk)]
    begin, end = walk.begin * 1000, walk.end * 1000
    assert list(schedule.between(begin - 1, end - 1)) == expected
    backwards = []
    due = schedule.previous_before(end)
    while due is not None and due >= begin:
        backwards.append(due)
        due = schedule.previous_before(due)
    assert backwards[::-1] == expected
    for _ in range(4):
        moment = rng.randrange(begin, end)
        place = bisect.bisect_right(expected, moment)
        if 0 < place < len(expected):
            assert schedule.next_after(moment) == expected[place]
            assert schedule.previous_before(moment + 1) == expected[place - 1]
    return len(expected)


def test_due_times_around_every_change_of_the_clocks_are_the_oracles() -> None:
    rng = random.Random(55)
    triples = dues = 0
    for zone, at in windows():
        walk = Walk(zone, at - AROUND_S, at + AROUND_S)
        for text in PATTERNS:
            try:
                dues += check(zone, text, walk, rng)
            except AssertionError as error:
                error.add_note(f"{text} [{zone}] around {datetime.fromtimestamp(at, ZoneInfo(zone))}")
                raise
            triples += 1
    tell("P5", triples, f"triples of zone, change and pattern, {dues} due times: 0 wrong")


def test_days_of_all_years_are_the_oracles() -> None:
    first, last = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
    days = [first + timedelta(days=each) for each in range((last - first).days + 1)]
    noon = {
        day: int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp()) * 1000 for day in days
    }
    for fields in DATES:
        schedule = parse_schedule(f"0 12 {fields}")
        expected = [noon[day] for day in days if day_matches(day, *fields.upper().split())]
        assert list(schedule.between(noon[first] - 1, noon[last])) == expected, fields
    tell("P5", len(DATES), f"patterns of days over {len(days)} days: 0 wrong")


def test_cronsim_agrees_where_it_claims_to() -> None:
    """Five fields, forwards, from outside the stretches that its list of faults (above) names."""
    rng = random.Random(5)
    compared = 0
    for zone, at in windows()[: scaled(quick=400, soak=20_000)]:
        tz = ZoneInfo(zone)
        before, after = (datetime.fromtimestamp(at + each, tz).utcoffset() for each in (-AROUND_S, AROUND_S))
        assert before is not None
        assert after is not None
        if abs(after - before) != timedelta(hours=1):
            continue
        for text in FIVE_FIELDS:
            schedule = parse_schedule(text, zone)
            start = datetime.fromtimestamp((at + rng.randrange(-AROUND_S, AROUND_S)) // 60 * 60, tz)
            if start.fold:
                continue
            due = schedule.next_after(int(start.timestamp()) * 1000)
            assert due == next(CronSim(text, start)).timestamp() * 1000, f"{text} [{zone}] after {start}"
            compared += 1
    tell("P5", compared, "steps compared with cronsim: 0 different")


@pytest.mark.parametrize(
    ("text", "zone", "after", "due"),
    [
        pytest.param(
            "0 30 2 * * *", "Europe/Berlin", "2026-03-28T12:00+01:00", "2026-03-29T03:00+02:00",
            id="six fields: a time that is missing runs right after the gap, not a day later",
        ),
        pytest.param(
            "0 30 2 * * *", "Europe/Berlin", "2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00",
            id="six fields: a repeated time runs once, the first time",
        ),
        pytest.param(
            "45 1 * * *", "America/New_York", "2020-11-01T01:12-05:00", "2020-11-02T01:45-05:00",
            id="from the second pass of the hour, what comes next is tomorrow and not in the past",
        ),
        pytest.param(
            "30 * * * *", "Australia/Lord_Howe", "2005-03-27T01:47+11:00", "2005-03-27T01:30+10:30",
            id="half past one comes again when clocks go back by half an hour",
        ),
        pytest.param(
            "0 */2 * * *", "Australia/Lord_Howe", "2005-03-27T01:27+11:00", "2005-03-27T02:00+10:30",
            id="two o'clock is not passed over when clocks go back by half an hour",
        ),
        pytest.param(
            "5-5/2 * * * *", "UTC", "2026-01-01T00:05+00:00", "2026-01-01T01:05+00:00",
            id="a step in a range of one value has nowhere to go",
        ),
        pytest.param(
            "0 0 30 12 *", "Pacific/Apia", "2011-12-29T12:00-10:00", "2011-12-31T00:00+14:00",
            id="what was due on a day that a country leaves out runs when the next begins, unlike in Debian",
        ),
    ],
)  # fmt: skip
def test_a_difference_from_cronsim(text: str, zone: str, after: str, due: str) -> None:
    found = parse_schedule(text, zone).next_after(int(datetime.fromisoformat(after).timestamp()) * 1000)
    assert found is not None
    assert datetime.fromtimestamp(found / 1000, ZoneInfo(zone)).isoformat(timespec="minutes") == due
