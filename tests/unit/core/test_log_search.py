"""What a search takes for a pattern, and what it reads."""

from __future__ import annotations

import pytest

from petit.core.log_search import BadPattern, Search, Wanted


def made(data: bytes, wanted: Wanted) -> Search:
    return Search(lambda offset, length: data[offset : offset + length], len(data), None, wanted)


@pytest.mark.parametrize(
    "text", ["(", "x{2,1}", "(?<=x+)y", "*", "[z-a]", "(?P<a>x)(?P<a>y)", r"\8", "(" * 500]
)
def test_what_is_no_pattern(text: str) -> None:
    with pytest.raises(BadPattern):
        made(b"", Wanted(text, is_pattern=True))


def test_what_is_searched_as_a_text_may_look_like_a_pattern() -> None:
    (hit,) = made(b"a\n(\n", Wanted("(")).hits()
    assert (hit.offset, hit.line, hit.text) == (2, 2, "(")


def test_hits_beyond_the_limit_are_counted() -> None:
    search = made(b"x\n" * 10, Wanted("x", limit=3))
    assert (len(list(search.hits())), search.count) == (3, 10)


def test_a_log_that_is_cut_short_meanwhile_ends_there() -> None:
    search = Search(lambda _offset, _length: b"", 100, None, Wanted("x"))
    assert (list(search.hits()), search.count) == ([], 0)


def test_a_walk_moves_on_from_line_to_line() -> None:
    search = made(b"x\n" * 10, Wanted("x", is_pattern=True))
    seen = [search.at for _ in search.hits()]
    assert len(set(seen)) == 10
