"""What two looks at the machinery say."""

from __future__ import annotations

import pytest

from petit.core.pulse import SHOWN_MS, STILL_MS, Beat, Pulse, first_pulse, next_pulse

WALL = 1_767_225_600_000


def looks(*beats: tuple[int, int, int] | tuple[int, int, int, int]) -> Pulse:
    """Look at (steady, waiting, answered) in turn, and with a fourth number at a wall clock so far ahead."""
    seen = [Beat(WALL + each[0] + sum(each[3:]), *each[:3]) for each in beats]
    pulse = first_pulse(seen[0])
    for beat in seen[1:]:
        pulse = next_pulse(pulse, beat, every_ms=1_000)
    return pulse


@pytest.mark.parametrize(
    ("beats", "late_ms"),
    [
        pytest.param([(0, 0, 0), (1_000, 0, 0)], 0, id="in time"),
        pytest.param([(0, 0, 0), (900, 0, 0)], 0, id="early is not late"),
        pytest.param([(0, 0, 0), (1_250, 0, 0)], 250, id="a quarter of a second late"),
        pytest.param([(0, 0, 0), (9_000, 0, 0), (10_000, 0, 0)], 0, id="only the last look counts"),
    ],
)
def test_how_late_a_look_comes(beats: list[tuple[int, int, int]], late_ms: int) -> None:
    assert looks(*beats).late_ms == late_ms


@pytest.mark.parametrize(
    ("beats", "stuck_ms"),
    [
        pytest.param([(0, 0, 5), (9_000, 0, 5)], 0, id="who is asked nothing owes no answer"),
        pytest.param([(0, 1, 5), (1_000, 1, 5), (2_000, 3, 5)], 2_000, id="no answer since the first look"),
        pytest.param([(0, 1, 5), (1_000, 1, 6)], 0, id="an answer is a sign of life"),
        pytest.param([(0, 1, 5), (1_000, 0, 5), (2_000, 1, 5)], 0, id="nothing waited in between"),
        pytest.param(
            [(0, 1, 5), (1_000, 1, 5), (7_000, 1, 5)], 0, id="nobody could hear while the loop stood still"
        ),
    ],
)
def test_how_long_the_storage_has_not_answered(beats: list[tuple[int, int, int]], stuck_ms: int) -> None:
    assert looks(*beats).stuck_ms == stuck_ms


@pytest.mark.parametrize(
    ("ahead", "moved_ms"),
    [
        pytest.param(0, 0, id="both clocks go alike"),
        pytest.param(400, 0, id="a clock that is slewed was not set"),
        pytest.param(3_600_000, 3_600_000, id="set forward by an hour"),
        pytest.param(-60_000, -60_000, id="set back by a minute"),
    ],
)
def test_a_clock_that_was_set(ahead: int, moved_ms: int) -> None:
    assert looks((0, 0, 0), (1_000, 0, 0, ahead)).moved_ms == moved_ms


def test_a_machine_that_slept_did_not_set_its_clock() -> None:
    pulse = looks((0, 0, 0), (3_600_000, 0, 0))
    assert (pulse.moved_ms, pulse.still_ms) == (0, 3_599_000)


def test_a_standstill_is_known_for_a_while_and_then_forgotten() -> None:
    still = (0, 0, 0), (STILL_MS + 1_000, 0, 0)
    after = STILL_MS + 1_000
    assert looks(*still).still_ms == STILL_MS
    assert looks(*still, (after + 1_000, 0, 0)).still_ms == STILL_MS
    beats = [(after + step * 1_000, 0, 0) for step in range(1, SHOWN_MS // 1_000 + 2)]
    assert looks(*still, *beats).still_ms == 0
