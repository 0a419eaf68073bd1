"""Which lines of output tell of an error."""

from __future__ import annotations

import pytest

from petit.core.log_errors import errors_in, first_error, last_error, last_line, plain, unfinished

TRACEBACK = b"""\
Traceback (most recent call last):
  File "etl.py", line 3, in <module>
    raise ValueError("error in here")
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
KeyboardInterrupt
"""


def lines(data: bytes) -> list[bytes]:
    return [data[start:end] for start, end in errors_in(data)]


@pytest.mark.parametrize(
    "line",
    [
        b"ERROR: disk full",
        b"error: cannot find symbol",
        b"[error] 7 rows rejected",
        b"3 errors generated.",
        b"0 warnings, 2 errors",
        b"0 errors, then 1 error",
        b"level=error msg=refused",
        b'{"level":"fatal","msg":"x"}',
        b"fatal: not a git repository",
        b"panic: runtime error: index out of range",
        b"thread 'main' panicked at src/main.rs:2",
        b"make: *** [all] Error 2",
        b"psycopg2.OperationalError: could not connect",
        b"java.lang.NullPointerException: x",
        b'Exception in thread "main"',
        b"\x1b[1;31mERROR\x1b[0m in red",
        b"error rate: 0.5",
        b"errors: 12",
    ],
)
def test_a_line_that_tells_of_an_error(line: bytes) -> None:
    assert lines(b"before\n" + line + b"\nafter\n") == [line]


@pytest.mark.parametrize(
    "line",
    [
        b"0 errors",
        b"no errors found",
        b"finished without any error",
        b"errors: 0",
        b'"error": null',
        b"error=none",
        b"written to /var/log/error.log",
        b"run with --error to stop early",
        b"on_error handler set",
        b"error-free",
        b"terror, mirror, stderr",
        b"exception handling is on",
        b"panicky",
        b"",
    ],
)
def test_a_line_that_does_not(line: bytes) -> None:
    assert lines(b"before\n" + line + b"\nafter\n") == []


def test_of_a_traceback_it_is_the_line_behind() -> None:
    assert lines(b"start\n" + TRACEBACK + b"bye\n") == [b"KeyboardInterrupt"]


def test_a_traceback_behind_a_prefix() -> None:
    data = b"".join(b"worker | " + line for line in TRACEBACK.splitlines(keepends=True))
    assert lines(data) == [b"worker | KeyboardInterrupt"]


def test_one_traceback_after_another() -> None:
    chained = (
        TRACEBACK + b"\nDuring handling of the above exception, another exception occurred:\n\n" + TRACEBACK
    )
    assert lines(chained) == [b"KeyboardInterrupt"] * 2


def test_an_unfinished_traceback_tells_nothing_yet_and_is_looked_at_again() -> None:
    data = b"start\nERROR one\n" + TRACEBACK
    cut = data.index(b"KeyboardInterrupt")
    assert lines(data[:cut]) == [b"ERROR one"]
    assert unfinished(data[:cut]) == data.index(b"Traceback")
    assert unfinished(data) == len(data)
    assert unfinished(b"whole\ncut") == 6


def test_what_never_ends_is_no_traceback() -> None:
    data = b"Traceback (most recent call last):\n" + b"  x\n" * 20_000 + b"ERROR\n"
    assert lines(data) == [b"ERROR"]
    assert unfinished(data[:-6]) == len(data) - 6


def test_first_and_last() -> None:
    data = b"ok\nerror 1\nok\nerror 2\nok\n"
    assert first_error(data) == (3, 10)
    assert last_error(data) == (14, 21)
    assert (first_error(b"ok\n"), last_error(b"")) == (None, None)


def test_patience_is_for_words_that_come_to_nothing() -> None:
    data = b"0 errors\n" * 5 + b"error\n"
    assert first_error(data, patience=4) is None
    assert first_error(data, patience=5) == (45, 50)


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"a\nb\n", b"b"),
        (b"a\nb", b"b"),
        (b"a\n\n \t\r\n", b"a"),
        (b"only", b"only"),
        (b"\n\n", None),
        (b"", None),
    ],
)
def test_the_last_line_is_one_that_is_not_blank(data: bytes, line: bytes | None) -> None:
    found = last_line(data)
    assert (None if found is None else data[found.start : found.end]) == line


@pytest.mark.parametrize(
    ("line", "text"),
    [
        pytest.param(b"\x1b[31mred\x1b[0m text", "red text", id="colours are left out"),
        pytest.param(b"\x1b]8;;http://x\x07link\x1b]8;;\x07", "link", id="links are left out"),
        pytest.param(b"10%\r50%\r100%\r\n", "100%", id="what was written last"),
        pytest.param(b"a\x00b\x07c", "abc", id="controls are left out"),
        pytest.param("a\u202eb\u2066c".encode(), "abc", id="nothing turns the text around"),
        pytest.param(b"\tcol\tumns", "col umns", id="tabs are blanks"),
        pytest.param(b"caf\xe9", "caf\ufffd", id="what is not UTF-8 is replaced"),
        pytest.param(b"x" * 99, "x" * 10, id="cut"),
    ],
)
def test_plain_text(line: bytes, text: str) -> None:
    assert plain(line, 10) == text
