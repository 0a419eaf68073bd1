"""Reading a log once: what is not read, what is read again."""

from __future__ import annotations

from pathlib import Path

import pytest

from petit.execution import log_scan
from petit.execution.last_words import landing, last_words
from petit.execution.log_scan import Scan
from petit.execution.logs import LogFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "stdout"


def look(scan: Scan, path: Path) -> tuple[int, int | None]:
    """Go on; return how many lines there are, and where the first error is."""
    with LogFile(path) as log:
        scan.go_on(log)
    return scan.marks.lines, None if scan.error is None else scan.error.offset


def test_what_is_beyond_the_bound_is_not_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_scan, "MOST_BYTES", 1024 * 1024)
    with path.open("wb") as file:
        file.truncate(1_000_000_000)  # one line of zeros, and no blocks on the disk
    scan = Scan()
    assert look(scan, path) == (1, None)
    assert (scan.is_cut, list(scan.marks), scan.marks.end) == (True, [(0, 1)], 1024 * 1024)
    assert look(scan, path) == (1, None)


def test_an_error_in_an_endless_line_is_found_once(path: Path) -> None:
    path.write_bytes(b"x" * 3_000_000 + b" ERROR " + b"x" * 300_000)
    scan = Scan()
    lines, at = look(scan, path)
    assert lines == 1
    assert at is not None
    assert at <= 3_000_001


def test_a_log_that_was_emptied_is_read_anew(path: Path) -> None:
    path.write_bytes(b"a\nerror\n")
    scan = Scan()
    assert look(scan, path) == (2, 2)
    path.write_bytes(b"b\n")
    assert look(scan, path) == (1, None)


def test_a_log_that_was_written_anew_is_read_anew(path: Path) -> None:
    path.write_bytes(b"a\nb\n")
    scan = Scan()
    assert look(scan, path) == (2, None)
    new = path.with_name("stdout.new")
    new.write_bytes(b"error\na\nb\n")
    new.replace(path)
    assert look(scan, path) == (3, 0)


def test_what_is_dropped_later_counts_no_more(path: Path) -> None:
    path.write_bytes(b"a\nerror\nb\nc\n")
    scan = Scan()
    assert look(scan, path) == (4, 2)
    path.with_name("stdout.gap").write_text("[2, 8]")
    assert look(scan, path) == (3, None)


def test_many_words_that_only_look_like_errors_are_not_looked_at(path: Path) -> None:
    path.write_bytes(b"0 errors\n" * 1_000 + b"error\n")
    assert look(Scan(), path) == (1_001, None)


def test_the_end_of_a_log_behind_its_gap(path: Path) -> None:
    path.write_bytes(b"error\n" + b"\0" * 20 + b"half of it\nlast\n")
    path.with_name("stdout.gap").write_text("[6, 26]")
    with LogFile(path) as log:
        assert landing(log, "stdout") == log.size
        assert landing(log, "stderr") == 37


def test_last_words_of_nothing(tmp_path: Path) -> None:
    assert last_words(tmp_path) is None
    assert last_words(tmp_path / "gone") is None
    (tmp_path / "stdout").write_bytes(b"\n \n")
    assert last_words(tmp_path) is None


def test_a_tail_without_a_line_feed_begins_with_the_log(path: Path) -> None:
    path.write_bytes(b"x" * 70_000)
    words = last_words(path.parent)
    assert words is not None
    assert (words.stream, words.offset, len(words.line)) == ("stdout", 70_000 - 65_536, 65_536)
