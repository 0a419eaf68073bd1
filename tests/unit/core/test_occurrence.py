from __future__ import annotations

from typing import Literal

import pytest

from petit.core.job import Catchup
from petit.core.occurrence import LATE_MS, GapVerdict, Pause, is_late, judge_gap
from petit.core.occurrence_catchup import CatchUp, make_up
from petit.core.schedule import Schedule, parse_schedule

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
START = 20_000 * DAY
EVERY_MINUTE = parse_schedule("* * * * *")
HOURLY = parse_schedule("0 * * * *")


def told(verdict: GapVerdict) -> list[str]:
    """A verdict in words, with minutes counted from START: "1-4 missed: down", "5 ran"."""
    rows = [(due, f"{(due - START) // MINUTE} ran") for due in verdict.runs]
    for each in verdict.ranges:
        first, last = ((due - START) // MINUTE for due in (each.first_due, each.last_due))
        span = f"{first}" if first == last else f"{first}-{last}"
        rows.append((each.first_due, f"{span} {each.fate}: {each.reason}"))
    return [text for _, text in sorted(rows)]


@pytest.mark.parametrize(
    ("minutes", "catchup", "window", "expected"),
    [
        pytest.param(0, "last", 60, [], id="no time, no fate"),
        pytest.param(-5, "last", 60, [], id="time that went back"),
        pytest.param(5, "none", 60, ["1-5 missed: down"], id="none: all are missed, in one range"),
        pytest.param(5, "last", 60, ["1-4 missed: down", "5 ran"], id="last: the newest runs"),
        pytest.param(1, "last", 60, ["1 ran"], id="last: the only one runs"),
        pytest.param(5, "last", 0, ["1-4 missed: down", "5 ran"], id="the window includes its edge"),
        pytest.param(3, "all", 60, ["1 ran", "2 ran", "3 ran"], id="all: oldest first"),
        pytest.param(
            4, "all", 1, ["1-2 missed: down", "3 ran", "4 ran"], id="all: what is too old is missed"
        ),
    ],
)
def test_a_gap_is_judged_by_the_catch_up_policy(
    minutes: int, catchup: Catchup, window: int, expected: list[str]
) -> None:
    verdict = judge_gap(
        EVERY_MINUTE, after=START, until=START + minutes * MINUTE, catchup=catchup, window_ms=window * MINUTE
    )
    assert told(verdict) == expected


def test_all_makes_up_a_hundred_and_says_what_it_leaves() -> None:
    verdict = judge_gap(
        EVERY_MINUTE, after=START, until=START + 300 * MINUTE, catchup="all", window_ms=250 * MINUTE
    )
    assert [(due - START) // MINUTE for due in verdict.runs] == list(range(50, 150))
    assert [each for each in told(verdict) if "ran" not in each] == [
        "1-49 missed: down",
        "150-300 missed: catchup_limit",
    ]
    assert verdict.ranges[1].evidence == {"limit": 100}


def test_last_finds_nothing_where_the_window_holds_nothing() -> None:
    verdict = judge_gap(HOURLY, after=START, until=START + 90 * MINUTE, catchup="last", window_ms=10 * MINUTE)
    assert told(verdict) == ["60 missed: down"]


@pytest.mark.parametrize(
    ("pause", "job_pause", "expected"),
    [
        pytest.param((0, 60, None), None, ["1-9 skipped: paused"], id="a pause over all"),
        pytest.param((0, None, None), None, ["1-9 skipped: paused"], id="a pause without end"),
        pytest.param(
            (3, 6, None), None, ["1-2 missed: down", "3-5 skipped: paused", "6-8 missed: down", "9 ran"],
            id="a pause from its first moment to before its end",
        ),
        pytest.param(
            (6, None, None), None, ["1-4 missed: down", "5 ran", "6-9 skipped: paused"],
            id="last is the newest that no pause forbade",
        ),
        pytest.param(None, (0, None, None), ["1-9 skipped: job_paused"], id="a pause of the job"),
        pytest.param(
            (2, 4, None), (3, 6, None),
            ["1 missed: down", "2-3 skipped: paused", "4-5 skipped: job_paused", "6-8 missed: down", "9 ran"],
            id="the scheduler's pause is told before the job's",
        ),
        pytest.param((20, None, None), None, ["1-8 missed: down", "9 ran"], id="a pause after the gap"),
    ],
)  # fmt: skip
def test_what_was_due_in_a_pause_is_skipped(
    pause: Pause | None, job_pause: Pause | None, expected: list[str]
) -> None:
    def shifted(pause: Pause | None) -> Pause | None:
        if pause is None:
            return None
        since, until, reason = pause
        return START + since * MINUTE, None if until is None else START + until * MINUTE, reason

    verdict = judge_gap(
        EVERY_MINUTE,
        after=START,
        until=START + 9 * MINUTE,
        catchup="last",
        window_ms=DAY,
        pause=shifted(pause),
        job_pause=shifted(job_pause),
    )
    assert told(verdict) == expected


def test_what_was_due_in_the_last_moment_of_a_pause_is_not_made_up() -> None:
    until = START + 5 * MINUTE
    pause = (START + 3 * MINUTE, until + 1, None)
    verdict = judge_gap(
        EVERY_MINUTE, after=START, until=until + 30_000, catchup="last", window_ms=DAY, pause=pause
    )
    assert told(verdict) == ["1 missed: down", "2 ran", "3-5 skipped: paused"]


def test_a_pause_is_the_evidence() -> None:
    verdict = judge_gap(
        HOURLY, after=START, until=START + HOUR, catchup="last", window_ms=DAY, pause=(5, None, "move")
    )
    assert verdict.ranges[0].evidence == {"since": 5, "until": None, "reason": "move"}


def test_a_disabled_job_is_skipped_whatever_else_holds() -> None:
    verdict = judge_gap(
        HOURLY,
        after=START,
        until=START + 5 * HOUR,
        catchup="all",
        window_ms=DAY,
        pause=(0, None, None),
        enabled=False,
        schedule_changed=True,
    )
    assert told(verdict) == ["60-300 skipped: disabled"]
    assert (
        judge_gap(
            HOURLY, after=START, until=START + MINUTE, catchup="all", window_ms=DAY, enabled=False
        ).ranges
        == ()
    )


@pytest.mark.parametrize("catchup", ["none", "last", "all"])
def test_a_schedule_that_is_gone_makes_up_nothing(catchup: Catchup) -> None:
    verdict = judge_gap(
        HOURLY,
        after=START,
        until=START + 5 * HOUR,
        catchup=catchup,
        window_ms=DAY,
        pause=(START, START + HOUR + 1, None),
        down_since=START + 7,
        schedule_changed=True,
    )
    assert told(verdict) == ["60 skipped: paused", "120-300 missed: schedule_changed"]
    assert verdict.ranges[1].evidence == {"since": START + 7, "until": START + 5 * HOUR}


@pytest.mark.parametrize("reason", ["down", "asleep"])
def test_an_absence_is_told_with_its_ends(reason: Literal["down", "asleep"]) -> None:
    verdict = judge_gap(
        HOURLY,
        after=START,
        until=START + HOUR,
        catchup="none",
        window_ms=DAY,
        down_since=START + 7,
        reason=reason,
    )
    assert verdict.ranges[0].reason == reason
    assert verdict.ranges[0].evidence == {
        "since": START + 7,
        "until": START + HOUR,
        "catchup": "none",
        "catchup_window_ms": DAY,
    }


@pytest.mark.parametrize("catchup", ["none", "last", "all"])
def test_a_gap_of_forty_years_is_judged_in_a_few_steps(
    catchup: Catchup, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = 0
    step = Schedule.next_after

    def counted(schedule: Schedule, ms: int) -> int | None:
        nonlocal steps
        steps += 1
        return step(schedule, ms)

    monkeypatch.setattr(Schedule, "next_after", counted)
    every_second = parse_schedule("* * * * * *", "Europe/Berlin")
    verdict = judge_gap(every_second, after=START, until=START + 14_600 * DAY, catchup=catchup, window_ms=DAY)
    assert len(verdict.ranges) <= 3
    assert steps <= 210


def test_a_reboot_schedule_has_no_due_times() -> None:
    verdict = judge_gap(
        parse_schedule("@reboot"), after=START, until=START + DAY, catchup="last", window_ms=DAY
    )
    assert (verdict.ranges, verdict.runs) == ((), ())


@pytest.mark.parametrize(
    ("late_ms", "expected"),
    [
        pytest.param(0, False, id="on time"),
        pytest.param(LATE_MS, False, id="half a minute late"),
        pytest.param(LATE_MS + 1, True, id="later"),
        pytest.param(-5, False, id="early, after the clock went back"),
    ],
)
def test_an_engine_that_decides_late_was_asleep(late_ms: int, expected: bool) -> None:
    assert is_late(START, START + late_ms) is expected


def gaps_of(catchup: Catchup, *texts: str, hours: int = 6) -> dict[str, GapVerdict]:
    """The verdicts on several schedules of a job over a gap."""
    schedules = [parse_schedule(text) for text in texts]
    return {
        schedule.key: judge_gap(
            schedule, after=START, until=START + hours * HOUR, catchup=catchup, window_ms=DAY
        )
        for schedule in schedules
    }


def test_last_makes_up_one_run_of_a_job_that_has_two_schedules() -> None:
    made_up = make_up(gaps_of("last", "0 */2 * * *", "30 4 * * *"), "last")
    assert made_up.runs == (CatchUp(START + 6 * HOUR, ("0 */2 * * * [UTC]",)),)
    (demoted,) = made_up.ranges["30 4 * * * [UTC]"]
    assert (demoted.first_due, demoted.last_due, demoted.reason) == (
        START + 270 * MINUTE,
        START + 270 * MINUTE,
        "down",
    )


def test_schedules_that_share_an_instant_share_a_run() -> None:
    made_up = make_up(gaps_of("all", "0 */2 * * *", "0 */3 * * *"), "all")
    both = ("0 */2 * * * [UTC]", "0 */3 * * * [UTC]")
    assert made_up.runs == (
        CatchUp(START + 2 * HOUR, both[:1]),
        CatchUp(START + 3 * HOUR, both[1:]),
        CatchUp(START + 4 * HOUR, both[:1]),
        CatchUp(START + 6 * HOUR, both),
    )
    assert made_up.ranges == dict.fromkeys(both, ())


def test_all_makes_up_a_hundred_for_the_whole_job() -> None:
    made_up = make_up(gaps_of("all", "*/3 * * * *", "1-59/3 * * * *", hours=4), "all")
    assert len(made_up.runs) == 100
    last = made_up.runs[-1].due
    for ranges in made_up.ranges.values():
        assert ranges[0].first_due > last
        assert {each.reason for each in ranges} == {"catchup_limit"}


def test_none_makes_up_nothing() -> None:
    gaps = gaps_of("none", "0 */2 * * *")
    made_up = make_up(gaps, "none")
    assert made_up.runs == ()
    assert made_up.ranges == {"0 */2 * * * [UTC]": gaps["0 */2 * * * [UTC]"].ranges}
