"""What the explanations work out is what the code works out, and promises have their proofs."""

from __future__ import annotations

import re
from datetime import datetime
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from tests.docs.pages import ROOT

from petit.core.duration import parse_duration
from petit.core.job import Catchup, Overlap
from petit.core.occurrence import Reason, judge_gap
from petit.core.schedule import parse_schedule

EXPLANATION = ROOT / "docs" / "explanation"
SCHEDULES = (EXPLANATION / "schedules-and-dst.md").read_text()
PROMISES = (EXPLANATION / "promises.md").read_text()
BERLIN = ZoneInfo("Europe/Berlin")
NIGHTS = ((2026, 3, 29), (2026, 10, 25))
DOWN = (10, 10), (15, 20)

_NUMBER = re.compile(r"test_p(\d\d)_")


def _rows(page: str, title: str) -> list[list[str]]:
    """Return the rows of the first table below a title, without its head."""
    _, _, section = page.partition(f"\n## {title}\n")
    table = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE)
    assert table is not None, title
    lines = table[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def _ms(day: tuple[int, int, int], hour: int, minute: int = 0, zone: str = "Europe/Berlin") -> int:
    return int(datetime(*day, hour, minute, tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def _on_the_wall(ms: int) -> str:
    at = datetime.fromtimestamp(ms / 1000, BERLIN)
    return f"{at:%H:%M}{' again' if at.fold else ''}"


@pytest.mark.parametrize("row", _rows(SCHEDULES, "Two nights in Berlin"), ids=lambda row: row[0])
def test_the_two_nights_are_as_told(row: list[str]) -> None:
    schedule = parse_schedule(row[0].strip("`"), "Europe/Berlin")
    for night, told in zip(NIGHTS, row[1:], strict=True):
        due = schedule.between(_ms(night, 1) - 1, _ms(night, 4) - 1)
        assert (", ".join(_on_the_wall(each) for each in due) or "none") == told


@pytest.mark.parametrize("row", _rows(SCHEDULES, "Catching up"), ids=lambda row: f"{row[0]} within {row[1]}")
def test_a_gap_is_made_up_for_as_told(row: list[str]) -> None:
    policy, window, runs, missed = (cell.strip("`") for cell in row)
    assert policy in get_args(Catchup)
    hourly = parse_schedule("@hourly")
    after, until = (_ms((2026, 6, 1), *at, zone="UTC") for at in DOWN)
    verdict = judge_gap(
        hourly,
        after=after,
        until=until,
        catchup=policy,  # type: ignore[arg-type]  # checked above
        window_ms=parse_duration(window),
    )
    lost = [due for each in verdict.ranges for due in hourly.between(each.first_due - 1, each.last_due)]
    assert (_clock(verdict.runs), _clock(lost)) == (runs, missed)


def _clock(dues: tuple[int, ...] | list[int]) -> str:
    zone = ZoneInfo("UTC")
    return ", ".join(f"{datetime.fromtimestamp(due / 1000, zone):%H:%M}" for due in dues) or "none"


@pytest.mark.parametrize("word", [*get_args(Reason), *get_args(Overlap), *get_args(Catchup)])
def test_every_reason_and_policy_is_told(word: str) -> None:
    assert f"| `{word}`" in SCHEDULES


def test_the_proofs_of_promises_are_those_that_there_are() -> None:
    there = {path.name for path in (ROOT / "tests" / "faults").glob("test_p*.py")}
    told = set(re.findall(r"\]\(\.\./\.\./tests/faults/(test_p\w+\.py)\)", PROMISES))
    assert told == there, "a row for each in docs/explanation/promises.md"


@pytest.mark.parametrize("row", _rows(PROMISES, "What is proved"), ids=lambda row: row[0])
def test_a_promise_names_its_own_proof(row: list[str]) -> None:
    assert {f"P{int(number)}" for number in _NUMBER.findall(row[-1])} == {row[0]}
