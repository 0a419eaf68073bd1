from __future__ import annotations

import io

import pytest

from petit.cli.paint import Paint, cells, clipped, is_coloured, printable


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


COLOUR = {
    "a terminal is coloured": (Terminal(), {"TERM": "xterm"}, True),
    "a file is not": (io.StringIO(), {"TERM": "xterm"}, False),
    "NO_COLOR turns it off": (Terminal(), {"TERM": "xterm", "NO_COLOR": "1"}, False),
    "an empty NO_COLOR says nothing": (Terminal(), {"TERM": "xterm", "NO_COLOR": ""}, True),
    "a dumb terminal is not": (Terminal(), {"TERM": "dumb"}, False),
}


@pytest.mark.parametrize(("stream", "environ", "expected"), COLOUR.values(), ids=COLOUR.keys())
def test_colour(stream: io.StringIO, environ: dict[str, str], expected: bool) -> None:
    assert is_coloured(stream, environ) is expected


def test_paint_colours_only_where_it_is_on() -> None:
    assert Paint(is_on=True)("x", "red", "bold") == "\x1b[31;1mx\x1b[0m"
    assert Paint(is_on=True)("x") == "x"
    assert Paint(is_on=False).status("failed") == "failed"


PRINTABLE = {
    "plain text stays": ("hello", "hello"),
    "other scripts stay": ("日本語 ä", "日本語 ä"),
    "an escape is written out": ("\x1b[2J", "\\x1b[2J"),
    "a line feed is written out": ("a\nb", "a\\nb"),
    "a bidirectional override is written out": ("a\u202eb", "a\\u202eb"),
    "a C1 control is written out": ("\x9b31m", "\\x9b31m"),
    "a lone surrogate is written out": ("\ud800", "\\ud800"),
}


@pytest.mark.parametrize(("text", "expected"), PRINTABLE.values(), ids=PRINTABLE.keys())
def test_printable(text: str, expected: str) -> None:
    assert printable(text) == expected


def test_printable_keeps_what_it_is_told() -> None:
    assert printable("a\tb\nc", keep="\t") == "a\tb\\nc"


CLIPPED = {
    "what fits stays": ("hello", 5, "hello"),
    "what does not ends in an ellipsis": ("hello", 4, "hel…"),
    "wide characters take two columns": ("日本語", 5, "日本…"),
    "a wide one that only half fits is left out": ("日本語", 4, "日…"),
}


@pytest.mark.parametrize(("text", "width", "expected"), CLIPPED.values(), ids=CLIPPED.keys())
def test_clipped(text: str, width: int, expected: str) -> None:
    assert clipped(text, width) == expected
    assert cells(clipped(text, width)) <= width


def test_combining_characters_take_no_column() -> None:
    assert cells("e\u0301") == 1
