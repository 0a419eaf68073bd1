"""A gap judged in a few steps is the gap judged by looking at every due time in it."""

from __future__ import annotations

from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from petit.core.job import Catchup
from petit.core.occurrence import GapVerdict, Pause, judge_gap
from petit.core.occurrence_catchup import make_up
from petit.core.schedule import Schedule, parse_schedule

START = 1_792_800_000_000  # Berlin's clocks go back a day later
Fates = dict[int, tuple[str, str | None]]

SCHEDULES = [
    parse_schedule("*/7 * * * *"),
    parse_schedule("30 2 * * *", "Europe/Berlin"),
    parse_schedule("*/20 1-3 * * *", "Europe/Berlin"),
    parse_schedule("*/25 */3 * * * *"),
    parse_schedule("@every 11m"),
    parse_schedule("0 0 1 1 *"),
    parse_schedule("@reboot"),
]
OFFSETS = st.one_of(st.integers(0, 72 * 3_600_000), st.integers(0, 5_000).map(lambda each: each * 60_000))
MOMENTS = OFFSETS.map(lambda offset: START + offset)


@st.composite
def pauses(draw: st.DrawFn) -> Pause | None:
    """Pauses before, in, across and after the gap, or none."""
    since, until = draw(MOMENTS), draw(st.none() | MOMENTS)
    return draw(st.sampled_from([None, (since, until, "holiday")]))


def covers(pause: Pause | None, due: int) -> bool:
    return pause is not None and pause[0] <= due and (pause[1] is None or due < pause[1])


def reference(
    schedule: Schedule,
    after: int,
    until: int,
    catchup: Catchup,
    window_ms: int,
    pause: Pause | None,
    job_pause: Pause | None,
    enabled: bool,
    reason: str,
    changed: bool,
) -> Fates:
    """Look at every due time."""
    fates: Fates = {}
    for due in schedule.between(after, until):
        if not enabled:
            fates[due] = ("skipped", "disabled")
        elif covers(pause, due):
            fates[due] = ("skipped", "paused")
        elif covers(job_pause, due):
            fates[due] = ("skipped", "job_paused")
        else:
            fates[due] = ("missed", "schedule_changed" if changed else reason)
    eligible = [due for due, fate in fates.items() if fate[1] == reason and due >= until - window_ms]
    if catchup == "last":
        fates.update(dict.fromkeys(eligible[-1:], ("ran", None)))
    if catchup == "all":
        fates.update(dict.fromkeys(eligible[:100], ("ran", None)))
        fates.update(dict.fromkeys(eligible[100:], ("missed", "catchup_limit")))
    return fates


def expanded(schedule: Schedule, verdict: GapVerdict) -> Fates:
    """Write out a verdict, in order, making sure that nothing has two fates."""
    rows: list[tuple[int, tuple[str, str | None]]] = [(due, ("ran", None)) for due in verdict.runs]
    for each in verdict.ranges:
        dues = list(schedule.between(each.first_due - 1, each.last_due))
        assert (dues[0], dues[-1]) == (each.first_due, each.last_due)
        rows += [(due, (each.fate, each.reason)) for due in dues]
    fates: Fates = dict(sorted(rows))
    assert len(fates) == len(rows)
    return fates


@given(
    schedule=st.sampled_from(SCHEDULES),
    ends=st.tuples(MOMENTS, MOMENTS),
    catchup=st.sampled_from(["none", "last", "all"]),
    window_ms=OFFSETS,
    pause=pauses(),
    job_pause=pauses(),
    enabled=st.sampled_from([True, True, True, False]),
    reason=st.sampled_from(["down", "asleep"]),
    changed=st.sampled_from([False, False, True]),
)
@settings(max_examples=300, deadline=None)
def test_ranges_and_runs_are_what_looking_at_every_due_time_gives(
    schedule: Schedule,
    ends: tuple[int, int],
    catchup: Catchup,
    window_ms: int,
    pause: Pause | None,
    job_pause: Pause | None,
    enabled: bool,
    reason: Literal["down", "asleep"],
    changed: bool,
) -> None:
    after, until = min(ends), max(ends)
    verdict = judge_gap(
        schedule,
        after=after,
        until=until,
        catchup=catchup,
        window_ms=window_ms,
        pause=pause,
        job_pause=job_pause,
        enabled=enabled,
        down_since=after,
        reason=reason,
        schedule_changed=changed,
    )
    expected = reference(
        schedule, after, until, catchup, window_ms, pause, job_pause, enabled, reason, changed
    )
    assert expanded(schedule, verdict) == expected
    assert list(verdict.runs) == sorted(verdict.runs)
    assert [each.first_due for each in verdict.ranges] == sorted(each.first_due for each in verdict.ranges)
    if catchup != "all":
        assert len(verdict.ranges) <= 7


@given(
    chosen=st.lists(st.sampled_from(SCHEDULES[:5]), min_size=1, max_size=3, unique=True),
    hours=st.integers(1, 72),
    catchup=st.sampled_from(["none", "last", "all"]),
)
@settings(max_examples=60, deadline=None)
def test_making_up_for_several_schedules_loses_and_doubles_nothing(
    chosen: list[Schedule], hours: int, catchup: Catchup
) -> None:
    until = START + hours * 3_600_000
    gaps = {
        schedule.key: judge_gap(schedule, after=START, until=until, catchup=catchup, window_ms=48 * 3_600_000)
        for schedule in chosen
    }
    made_up = make_up(gaps, catchup)
    dues = [run.due for run in made_up.runs]
    assert dues == sorted(set(dues))
    assert len(dues) <= {"none": 0, "last": 1, "all": 100}[catchup]
    eligible = sorted({due for gap in gaps.values() for due in gap.runs})
    assert dues == (eligible[-1:] if catchup == "last" else eligible[:100])
    for schedule in chosen:
        runs = tuple(run.due for run in made_up.runs if schedule.key in run.schedules)
        verdict = GapVerdict(made_up.ranges[schedule.key], runs, gaps[schedule.key].lost)
        fates = expanded(schedule, verdict)
        assert list(fates) == list(schedule.between(START, until))
        assert [due for due, fate in fates.items() if fate[0] == "ran"] == list(runs)
