from __future__ import annotations

from petit.cli.paint import Paint, cells
from petit.cli.table import Cell, render

PLAIN = Paint(is_on=False)
HEAD = ("ID", "NAME")


def test_columns_are_aligned_and_lines_have_no_trailing_blanks() -> None:
    lines = list(render(HEAD, [["a", "Alpha"], ["long_id", ""]], paint=PLAIN))
    assert lines == ["ID       NAME", "a        Alpha", "long_id"]


def test_wide_characters_are_aligned() -> None:
    lines = list(render(HEAD, [["日本", "x"], ["ab", "y"]], paint=PLAIN))
    assert lines == ["ID    NAME", "日本  x", "ab    y"]


def test_a_narrow_screen_clips_the_widest_column() -> None:
    lines = list(render(HEAD, [["short", "n" * 80]], paint=PLAIN, width=30))
    assert lines[1] == "short  " + "n" * 22 + "…"
    assert all(cells(line) <= 30 for line in lines)


def test_no_screen_clips_nothing() -> None:
    assert list(render(HEAD, [["a", "n" * 300]], paint=PLAIN))[1].endswith("n" * 300)


def test_columns_keep_a_readable_rest_on_a_screen_too_small_for_all() -> None:
    lines = list(render(HEAD, [["i" * 40, "n" * 40]], paint=PLAIN, width=5))
    assert lines[1] == "iiiiiii…  nnnnnnn…"


def test_escapes_in_cells_are_written_out_and_styles_applied_around_them() -> None:
    line = list(render(("ID",), [[Cell("\x1b[2J", "red")]], paint=Paint(is_on=True)))[1]
    assert line == "\x1b[31m\\x1b[2J\x1b[0m"
