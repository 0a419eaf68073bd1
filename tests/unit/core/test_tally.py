from __future__ import annotations

import pytest

from petit.core.tally import (
    HOUR_MS,
    QUARTER_MS,
    Sizes,
    duration_key,
    fate_key,
    outcome_key,
    size_of,
    size_span,
)


def test_every_duration_has_one_size_and_longer_ones_greater_sizes() -> None:
    before = -1
    for size in range(300):
        first, end = size_span(size)
        assert first == before + 1
        assert size_of(first) == size_of(end - 1) == size
        before = end - 1
    assert before > 100 * 86_400_000


@pytest.mark.parametrize(
    "duration_ms", [*range(16), 17, 100, 999, 5_000, 61_234, 3_599_999, 86_400_000, 2**39]
)
def test_the_middle_of_a_size_is_off_by_a_sixteenth_at_most(duration_ms: int) -> None:
    told = Sizes.of({size_of(duration_ms): 1}).quantile(0.5)
    assert abs(told - duration_ms) <= duration_ms / 16


@pytest.mark.parametrize(("duration_ms", "size"), [(-5, 0), (2**60, size_of(2**40 - 1))])
def test_what_cannot_be_is_the_nearest_that_can(duration_ms: int, size: int) -> None:
    assert size_of(duration_ms) == size


def test_quantiles_of_counts_are_those_of_the_durations() -> None:
    sizes = Sizes.of({3: 4, 1: 5, 9: 1})
    assert sizes.total == 10
    assert [sizes.quantile(share) for share in (0.05, 0.5, 0.51, 0.9, 0.95)] == [1, 1, 3, 3, 9]


@pytest.mark.parametrize(
    ("at", "quarter"), [(0, 0), (QUARTER_MS - 1, 0), (QUARTER_MS, 1), (5 * HOUR_MS - 1, 3), (5 * HOUR_MS, 0)]
)
def test_outcomes_have_the_quarter_in_their_key(at: int, quarter: int) -> None:
    assert outcome_key("cancelled", at) == f"x{quarter}"
    assert fate_key("missed", at) == f"m{quarter}"


def test_durations_that_are_usual_are_kept_apart() -> None:
    assert duration_key("completed", 7, is_whole=True) == "t7"
    assert duration_key("completed", 7, is_whole=False) == "u7"
    assert duration_key("failed", 7, is_whole=True) == duration_key("interrupted", 7, is_whole=True) == "u7"
    assert duration_key("cancelled", 7, is_whole=True) is None
