"""Frames are cut from a stream however it arrives."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petit.execution import lean
from petit.execution.keeper import wire

scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text()
json_values = st.recursive(
    scalars | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.lists(st.binary(max_size=50), max_size=6), st.lists(st.integers(1, 30), min_size=1))
def test_frames_come_out_whole_wherever_the_stream_is_cut(payloads: list[bytes], steps: list[int]) -> None:
    stream = b"".join(wire.sealed(payload) for payload in payloads)
    frames = wire.Frames()
    got: list[bytes] = []
    position = index = 0
    while position < len(stream):
        step = steps[index % len(steps)]
        got += frames.feed(stream[position : position + step])
        position, index = position + step, index + 1
    assert got == payloads


def test_a_length_that_no_frame_has_is_refused() -> None:
    frames = wire.Frames()
    assert frames.feed((wire.MAX_FRAME).to_bytes(4, "little")) == []
    with pytest.raises(wire.MalformedFrame):
        wire.Frames().feed((wire.MAX_FRAME + 1).to_bytes(4, "little"))


@given(json_values)
def test_the_lean_json_is_json(value: object) -> None:
    assert json.loads(lean.dumps(value)) == value
    assert lean.loads(json.dumps(value)) == value


@pytest.mark.parametrize("text", ["", "[", '["a', "[1,", "nul", "[1] 2", " [1]", "{1:2}", '"\\ud8', "[1]]"])
def test_what_is_not_json_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        lean.loads(text)
