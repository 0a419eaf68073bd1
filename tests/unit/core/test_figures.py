from __future__ import annotations

import pytest

from petit.core.figures import (
    RECENT_LENGTH,
    RECENT_RUNS,
    Figures,
    figures_of,
    quantile,
    recent_entry,
    recent_with,
)
from petit.core.states import RunStatus


def recent(*runs: tuple[RunStatus, int]) -> str:
    """The text that is kept after these runs, the last one the newest."""
    text = ""
    for status, duration_ms in runs:
        text = recent_with(text, recent_entry(status, duration_ms))
    return text


CASES: dict[str, tuple[list[tuple[RunStatus, int]], Figures]] = {
    "no run, no figures": ([], Figures(0, 0, None, None)),
    "one run is its own median": ([("completed", 7)], Figures(1, 1, 7, 7)),
    "what failed has no usual duration": ([("failed", 7)], Figures(1, 0, None, None)),
    "an interrupted one counts": ([("interrupted", 7), ("completed", 9)], Figures(2, 1, 9, 9)),
    "a cancelled one does not": ([("cancelled", 7), ("completed", 9)], Figures(1, 1, 9, 9)),
    "the lower of two medians": ([("completed", each) for each in (10, 40, 30, 20)], Figures(4, 4, 20, 40)),
    "only the last thirty": ([("completed", each) for each in range(1, 101)], Figures(30, 30, 85, 97)),
    "a clock that stepped back gives no time back": ([("completed", -5)], Figures(1, 1, 0, 0)),
    "more than two years are two years": ([("completed", 2**60)], Figures(1, 1, 16**9 - 1, 16**9 - 1)),
}


@pytest.mark.parametrize("case", CASES)
def test_figures(case: str) -> None:
    runs, figures = CASES[case]
    assert figures_of(recent(*runs)) == figures


def test_what_is_kept_does_not_grow() -> None:
    text = ""
    for _ in range(100):
        text = recent_with(text, recent_entry("completed", 5))
    assert (len(text), figures_of(text).recent_runs) == (RECENT_LENGTH, RECENT_RUNS)


def test_the_rate_is_the_share_that_completed() -> None:
    assert (
        figures_of(recent(("completed", 1), ("failed", 1), ("completed", 1), ("completed", 1))).success_rate
        == 0.75
    )
    assert Figures().success_rate is None


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([], 0.5, None),
        ([1], 0.05, 1),
        ([1, 2, 3], 0.5, 2),
        ([1, 2, 3, 4], 0.5, 2),
        (list(range(1, 11)), 0.9, 9),
        (list(range(1, 12)), 0.9, 10),
        (list(range(1, 101)), 0.95, 95),
        (list(range(1, 101)), 0.05, 5),
    ],
)
def test_a_quantile_is_the_least_value_that_a_share_do_not_exceed(
    values: list[int], share: float, expected: int | None
) -> None:
    assert quantile(values, share) == expected
