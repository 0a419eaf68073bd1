from __future__ import annotations

from typing import Any

import pytest

from petit.core.tally import (
    CANCELLED,
    COMPLETED,
    HOUR_MS,
    MERGED_FROM,
    MISSED,
    QUARTER_MS,
    Sizes,
    fate_word,
    merged,
    read_tally,
    read_word,
    run_word,
    size_of,
    size_span,
    tally_with,
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
def test_what_happened_is_counted_by_the_quarter(at: int, quarter: int) -> None:
    assert run_word("completed", at, 7, is_whole=True) == f"c{quarter}_7"
    assert fate_word("missed", at) == f"m{quarter}"


@pytest.mark.parametrize(
    ("status", "took", "is_whole", "key"),
    [
        ("completed", 7, True, "c0_7"),
        ("completed", 7, False, "p0_7"),
        ("failed", 7, True, "f0_7"),
        ("failed", 7, False, "f0_7"),
        ("interrupted", 16, True, "i0_16"),
        ("cancelled", 7, True, "x0"),
        ("cancelled", None, True, "x0"),
    ],
)
def test_what_a_run_is_counted_under(status: Any, took: int | None, is_whole: bool, key: str) -> None:
    assert run_word(status, 5, took, is_whole=is_whole) == key


@pytest.mark.parametrize(
    ("key", "event"),
    [("c2_163", (COMPLETED, 2, 163)), ("x0", (CANCELLED, 0, None)), ("m3", (MISSED, 3, None))],
)
def test_a_word_is_read_back(key: str, event: tuple[str, int, int | None]) -> None:
    assert tuple(read_word(key)) == event


def test_what_is_counted_is_read_back_however_much_it_is() -> None:
    tally = ""
    for number in range(1000):
        tally = tally_with(tally, f"c{number % 4}_{number % 7} ")
    counts = read_tally(tally)
    assert sum(counts.values()) == 1000
    assert counts["c3_2"] == sum(number % 4 == 3 and number % 7 == 2 for number in range(1000))
    assert len(tally) < 28 * len("c3_2*999 ") + MERGED_FROM + 10
    assert read_tally(merged(tally)) == counts


def test_an_hour_in_which_nothing_happened_has_no_counts() -> None:
    assert read_tally("") == read_tally("|") == {}
