from __future__ import annotations

import uuid

import pytest

from petit.core.ids import RunIds, attempt_id, is_run_id, is_valid_id, run_id_ms, split_attempt_id
from petit.testing.clock import MORNING, ManualClock
from petit.testing.entropy import SequenceEntropy


class Bits:
    """Entropy of which every number is the same share of its greatest."""

    def __init__(self, *, ones: bool) -> None:
        self._ones = ones

    def bits(self, count: int) -> int:
        return (1 << count) - 1 if self._ones else 0


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        pytest.param("a", True, id="one letter"),
        pytest.param("_x.y-Z9", True, id="letters, digits, dot, dash, underscore"),
        pytest.param("0day", True, id="a digit may be first"),
        pytest.param("a" * 128, True, id="128 characters"),
        pytest.param("a" * 129, False, id="129 characters"),
        pytest.param("", False, id="nothing"),
        pytest.param(".hidden", False, id="a dot may not be first"),
        pytest.param("-rf", False, id="a dash may not be first"),
        pytest.param("a/b", False, id="a slash"),
        pytest.param("..", False, id="the way up"),
        pytest.param("a\n", False, id="a line end after it"),
        pytest.param("\u00e4", False, id="a letter with dots"),
        pytest.param("\u0663", False, id="a digit of another script"),
    ],
)
def test_is_valid_id(text: str, valid: bool) -> None:
    assert is_valid_id(text) is valid


@pytest.mark.parametrize(
    ("text", "form"),
    [
        pytest.param("0192f3a4-5b6c-7d8e-9f00-112233445566", True, id="a UUID"),
        pytest.param("0192F3A4-5B6C-7D8E-9F00-112233445566", True, id="in capitals"),
        pytest.param("0192f3a45b6c7d8e9f00112233445566", False, id="without dashes"),
        pytest.param("{0192f3a4-5b6c-7d8e-9f00-112233445566}", False, id="in braces"),
        pytest.param("0192f3a4-5b6c-7d8e-9f00-11223344556g", False, id="with another letter"),
        pytest.param("0192f3a4-5b6c-7d8e-9f00-112233445566\n", False, id="with a line end"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_is_run_id(text: str, form: bool) -> None:
    assert is_run_id(text) is form


def test_an_attempt_id_can_be_taken_apart() -> None:
    assert attempt_id("r", "t.x", 12) == "r/t.x/12"
    assert split_attempt_id("r/t.x/12") == ("r", "t.x", 12)


def test_a_run_id_is_a_uuid_of_version_7_that_carries_its_time() -> None:
    made = RunIds(ManualClock(), SequenceEntropy()).next()
    assert is_run_id(made)
    parsed = uuid.UUID(made)
    assert (parsed.version, parsed.variant, str(parsed)) == (7, uuid.RFC_4122, made)
    assert run_id_ms(made) == MORNING


@pytest.mark.parametrize("ones", [False, True], ids=["least entropy", "greatest entropy"])
def test_ids_of_one_millisecond_are_in_order_and_different(ones: bool) -> None:
    ids = RunIds(ManualClock(), Bits(ones=ones))
    made = [ids.next() for _ in range(10_000)]
    assert sorted(set(made)) == made
    # 2,049 to 4,096 ids fit into a millisecond; after that the time they carry runs ahead.
    assert run_id_ms(made[2048]) == MORNING
    assert run_id_ms(made[-1]) <= MORNING + 5


def test_ids_never_go_back_when_the_clock_does() -> None:
    clock = ManualClock()
    ids = RunIds(clock, SequenceEntropy())
    before = ids.next()
    clock.jump(-3_600_000)
    after = ids.next()
    assert after > before
    assert run_id_ms(after) == MORNING
    clock.jump(3_600_001)
    assert run_id_ms(ids.next()) == MORNING + 1


def test_ids_go_on_after_those_of_an_earlier_engine() -> None:
    ids = RunIds(ManualClock(), SequenceEntropy())
    ids.not_before(MORNING + 500)
    ids.not_before(MORNING - 500)
    assert run_id_ms(ids.next()) == MORNING + 500
