"""Logs as lines: whole ones, in order, each once; whatever is in them."""

from __future__ import annotations

import json
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from petit.api.log_forms import Lines, Text
from petit.api.log_places import Part, Place
from petit.api.log_view import BLOCK, InLines
from petit.core.log_order import STREAMS, Sample


class WrittenLog:
    """A log in memory."""

    def __init__(self, data: bytes, samples: list[Sample], gap: tuple[int, int] | None = None) -> None:
        self.data = data
        self.dropped = gap
        self._samples = samples

    @property
    def size(self) -> int:
        return len(self.data)

    def samples(self) -> list[Sample]:
        return self._samples

    def read(self, offset: int, length: int) -> bytes:
        return self.data[offset : offset + length]

    def render(self, offset: int, length: int) -> Part:
        assert length
        assert self.dropped is not None
        return Part("", offset, self.dropped[1], b"\n[... dropped ...]\n")

    def tail_offset(self, lines: int) -> int:
        raise NotImplementedError(lines)

    def close(self) -> None:
        """Nothing to close."""


def view(out: bytes, err: bytes, *samples: Sample) -> tuple[InLines, dict[str, WrittenLog]]:
    logs = {s: WrittenLog(data, list(samples)) for s, data in zip(STREAMS, (out, err), strict=True)}
    places = []
    for stream, log in logs.items():
        place = Place(cast(Request, None), stream, 1)
        place.log = log
        places.append(place)
    return InLines(places), logs


def shown(view: InLines, *, is_final: bool = True) -> list[tuple[str, bytes, int | None]]:
    return [(p.stream[3:], p.data, p.at) for p in view.parts(is_final=is_final, last_at=99)]


@pytest.mark.parametrize(
    ("out", "err", "samples", "expected"),
    [
        pytest.param(b"", b"", [], [], id="nothing"),
        pytest.param(b"a\nb\n", b"e\n", [], [("out", b"a\nb\n", 99), ("err", b"e\n", 99)], id="unknown"),
        pytest.param(
            b"a\nb\n", b"e\n", [(1, 2, 0), (2, 2, 2), (3, 4, 2)],
            [("out", b"a\n", 1), ("err", b"e\n", 2), ("out", b"b\n", 3)], id="as the samples tell",
        ),
        pytest.param(
            b"begun\n", b"e\n", [(1, 3, 0), (2, 3, 2), (3, 6, 2)],
            [("out", b"begun\n", 1), ("err", b"e\n", 2)], id="a line is where it was begun",
        ),
        pytest.param(
            b"a\nno end", b"e", [(1, 8, 0)], [("out", b"a\n", 1), ("out", b"no end", 1), ("err", b"e", 99)],
            id="unfinished lines are taken at the end",
        ),
        pytest.param(b"\xc3", b"", [], [("out", b"\xc3", 99)], id="half a character at the end"),
        pytest.param(b"\n\n", b"\n", [(1, 1, 0), (2, 1, 1)],
            [("out", b"\n", 1), ("err", b"\n", 2), ("out", b"\n", 99)], id="empty lines"),
    ],
)  # fmt: skip
def test_lines_in_order(
    out: bytes, err: bytes, samples: list[Sample], expected: list[tuple[str, bytes, int | None]]
) -> None:
    assert shown(view(out, err, *samples)[0]) == expected


def test_an_unfinished_line_is_held_until_it_stands_still() -> None:
    seen, logs = view(b"whole\nbeg", b"")
    assert shown(seen, is_final=False) == [("out", b"whole\n", 99)]
    logs["stdout"].data += b"un"
    assert shown(seen, is_final=False) == []
    assert shown(seen, is_final=False) == [("out", b"begun", 99)]
    logs["stdout"].data += b", done\n\xe2\x82"
    assert shown(seen, is_final=False) == [("out", b", done\n", 99)]
    assert shown(seen, is_final=False) == []
    assert shown(seen, is_final=False) == []
    assert shown(seen) == [("out", b"\xe2\x82", 99)]


@pytest.mark.parametrize("character", ["x", "é", "€", "🦊"])
def test_a_long_line_comes_in_pieces_of_whole_characters(character: str) -> None:
    line = ("-" + character * BLOCK + "\n").encode()
    parts = shown(view(line, b"")[0])
    assert b"".join(data for _, data, _ in parts) == line
    assert all(BLOCK - 3 <= len(data) <= BLOCK for _, data, _ in parts[:-1])
    assert "".join(data.decode() for _, data, _ in parts) == line.decode()


def test_a_gap_is_a_mark_and_ends_the_line_before() -> None:
    seen, logs = view(b"head\nhal" + b"\0" * 100 + b"f\ntail\n", b"")
    logs["stdout"].dropped = (8, 108)
    parts = list(seen.parts(is_final=False, last_at=7))
    assert [(p.data, p.offset, p.at, p.dropped) for p in parts] == [
        (b"head\n", 0, 7, 0),
        (b"hal", 5, 7, 0),
        (b"\n[... dropped ...]\n", 8, None, 100),
        (b"f\ntail\n", 108, 7, 0),
    ]
    lines = [json.loads(line) for part in parts for line in Lines().write(part).splitlines()]
    assert [(line["text"], line["partial"], line.get("dropped")) for line in lines] == [
        ("head", False, None),
        ("hal", True, None),
        ("[... dropped ...]", False, 100),
        ("f", False, None),
        ("tail", False, None),
    ]


def test_text_ends_a_line_that_the_other_stream_interrupts() -> None:
    seen, _ = view(b"no end", b"error\n")
    form = Text()
    assert (
        b"".join(form.write(part) for part in seen.parts(is_final=True, last_at=None)) == b"no end\nerror\n"
    )


output = st.binary(max_size=12) | st.sampled_from([b"\n", b"\r\n", b"a\nb"])
writes = st.lists(st.tuples(st.sampled_from(STREAMS), output, st.booleans()), max_size=30)


@given(writes, st.booleans())
def test_every_byte_is_shown_once_and_in_the_order_of_its_stream(
    done: list[tuple[str, bytes, bool]], is_followed: bool
) -> None:
    """Written, and looked at now and then; a line that is whole is never broken by the other stream."""
    samples: list[Sample] = []
    seen, logs = view(b"", b"")
    for log in logs.values():
        log._samples = samples
    parts: list[Part] = []
    for at, (stream, data, is_looked_at) in enumerate(done):
        logs[stream].data += data
        if is_looked_at:
            samples.append((at, logs["stdout"].size, logs["stderr"].size))
            if is_followed:
                parts += seen.parts(is_final=False, last_at=at)
    parts += seen.parts(is_final=True, last_at=None)
    for stream, log in logs.items():
        mine = [part for part in parts if part.stream == stream]
        assert b"".join(part.data for part in mine) == log.data
        assert [part.next_offset for part in mine[:-1]] == [part.offset for part in mine[1:]]
        objects = [json.loads(line) for part in mine for line in Lines().write(part).splitlines()]
        text = "".join(line["text"] + "\n" * (not line["partial"]) for line in objects)
        assert is_followed or text == log.data.decode(errors="replace")
    if not is_followed:
        unfinished = [part for part in parts if not part.data.endswith(b"\n")]
        assert all(part.next_offset == logs[part.stream].size for part in unfinished)
