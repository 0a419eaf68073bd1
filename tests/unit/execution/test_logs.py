"""Reading attempt logs: whole, by range, by lines, with a gap."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from petit.execution import logs
from petit.execution.keeper.bounds import bound, read_gap


@pytest.fixture
def written(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(data: bytes) -> Path:
        path = tmp_path / "stdout"
        path.write_bytes(data)
        return path

    return write


def shown(path: Path, offset: int = 0, end: int | None = None) -> bytes:
    with logs.LogFile(path) as log:
        return b"".join(log.pieces(offset, end))


@pytest.mark.parametrize(
    ("data", "lines", "tail"),
    [
        pytest.param(b"a\nb\nc\n", 1, b"c\n", id="the last line"),
        pytest.param(b"a\nb\nc\n", 2, b"b\nc\n", id="the last two lines"),
        pytest.param(b"a\nb\nc", 1, b"c", id="an unfinished line counts"),
        pytest.param(b"a\nb\nc\n", 3, b"a\nb\nc\n", id="all lines"),
        pytest.param(b"a\nb\nc\n", 9, b"a\nb\nc\n", id="more lines than there are"),
        pytest.param(b"a\nb\n", 0, b"", id="no lines"),
        pytest.param(b"", 5, b"", id="an empty log"),
        pytest.param(b"\n\n\n", 2, b"\n\n", id="empty lines are lines"),
        pytest.param(b"x" * 200_000, 1, b"x" * 200_000, id="one endless line"),
        pytest.param(b"y\n" * 100_000, 50_000, b"y\n" * 50_000, id="many blocks back"),
        pytest.param(b"\0\xff\n\0\n", 1, b"\0\n", id="binary"),
    ],
)
def test_tail_by_lines(written: Callable[[bytes], Path], data: bytes, lines: int, tail: bytes) -> None:
    path = written(data)
    with logs.LogFile(path) as log:
        assert log.read(log.tail_offset(lines), len(data)) == tail


def test_a_range_is_read_where_it_is(written: Callable[[bytes], Path]) -> None:
    path = written(bytes(range(256)))
    with logs.LogFile(path) as log:
        assert log.render(10, 5) == (bytes(range(10, 15)), 15)
        assert log.render(250, 100) == (bytes(range(250, 256)), 256)
        assert log.render(256, 100) == (b"", 256)
        assert log.render(9_999, 100) == (b"", 9_999)
    assert shown(path, 100, 103) == bytes([100, 101, 102])


def test_a_log_grows_while_it_is_read(written: Callable[[bytes], Path]) -> None:
    path = written(b"one\n")
    with logs.LogFile(path) as log:
        assert (log.size, log.dropped) == (4, None)
        with path.open("ab") as more:
            more.write(b"two\n")
        assert log.size == 8
        assert log.render(4, 100) == (b"two\n", 8)


@pytest.fixture
def cut(written: Callable[[bytes], Path]) -> Path:
    """100,000 numbered lines of 8 bytes, cut to 20,000 bytes: 10,000 at each end."""
    path = written(b"".join(b"%07d\n" % n for n in range(100_000)))
    assert bound(str(path.parent), "stdout", 20_000, slack=0) == 800_000
    return path


def test_a_cut_log_keeps_head_and_tail_and_its_offsets(cut: Path) -> None:
    with logs.LogFile(cut) as log:
        assert log.size == 800_000
        assert log.dropped == (10_000, 790_000)
        assert log.read(0, 8) == b"0000000\n"
        assert log.read(10_000, 8) == b"\0" * 8
        assert log.read(799_992, 8) == b"0099999\n"
    assert cut.stat().st_blocks * 512 < 40_000


def test_the_mark_stands_where_bytes_were_dropped(cut: Path) -> None:
    mark = b"\n[... 780,000 bytes dropped ...]\n"
    whole = b"".join(b"%07d\n" % n for n in range(100_000))
    assert shown(cut) == whole[:10_000] + mark + whole[790_000:]
    with logs.LogFile(cut) as log:
        assert log.render(9_992, 100) == (b"0001249\n" + mark, 790_000)
        assert log.render(500_000, 8) == (b"\n[... 290,000 bytes dropped ...]\n", 790_000)
        assert log.render(789_996, 8) == (b"\n[... 4 bytes dropped ...]\n0098", 790_004)
        assert log.render(790_000, 8) == (b"0098750\n", 790_008)


def test_tail_lines_of_a_cut_log_come_from_the_tail_and_then_from_the_head(cut: Path) -> None:
    with logs.LogFile(cut) as log:
        assert log.tail_offset(1) == 799_992
        assert log.tail_offset(1_000) == 792_000
        assert log.tail_offset(1_251) == 9_992
        assert log.tail_offset(100_000) == 0


def test_a_growing_log_is_cut_again_and_again_without_losing_blocks(cut: Path) -> None:
    for _ in range(50):
        with cut.open("ab") as more:
            more.write(b"z" * 9_001)
        bound(str(cut.parent), "stdout", 20_000, slack=0)
    assert read_gap(str(cut)) == (10_000, 800_000 + 50 * 9_001 - 10_000)
    assert cut.stat().st_blocks * 512 < 40_000
    assert shown(cut).startswith(b"0000000\n")
    assert shown(cut).endswith(b"z" * 10_000)


@pytest.mark.parametrize(
    ("size", "slack", "is_cut"),
    [
        pytest.param(20_000, 0, False, id="at its limit it is whole"),
        pytest.param(20_001, 0, True, id="a byte over is cut at the end"),
        pytest.param(24_000, None, False, id="while growing a quarter over is let be"),
        pytest.param(25_002, None, True, id="while growing more than a quarter over is cut"),
    ],
)
def test_when_a_log_is_cut(tmp_path: Path, size: int, slack: int | None, is_cut: bool) -> None:
    (tmp_path / "stderr").write_bytes(b"e" * size)
    bound(str(tmp_path), "stderr", 20_000, slack=slack)
    assert (read_gap(str(tmp_path / "stderr")) != (0, 0)) is is_cut


def test_a_log_that_is_not_there(tmp_path: Path) -> None:
    assert bound(str(tmp_path), "stdout", 100) == 0
    with pytest.raises(FileNotFoundError):
        logs.LogFile(tmp_path / "stdout")


def test_a_damaged_gap_file_counts_as_none(written: Callable[[bytes], Path]) -> None:
    path = written(b"fine\n")
    for garbage in ("", "[", "7", '["a"]', "[1,2,3]"):
        Path(f"{path}.gap").write_text(garbage)
        assert shown(path) == b"fine\n"


def test_a_link_in_place_of_a_log_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "stdout").symlink_to(tmp_path / "secret")
    with pytest.raises(OSError, match="symbolic links"):
        logs.LogFile(tmp_path / "stdout")


def test_removal_takes_the_logs_and_leaves_what_is_not_ours(cut: Path) -> None:
    assert logs.disk_bytes(cut.parent) > 0
    stranger = cut.parent / "mine.txt"
    stranger.touch()
    logs.remove(cut.parent)
    assert os.listdir(cut.parent) == ["mine.txt"]
    stranger.unlink()
    logs.remove(cut.parent)
    assert not cut.parent.exists()
    logs.remove(cut.parent)
    assert logs.disk_bytes(cut.parent) == 0
