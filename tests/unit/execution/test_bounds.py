"""Looking at the logs of a running attempt, and cutting them where the file system helps little."""

from __future__ import annotations

from pathlib import Path

import pytest

from petit.execution import logs
from petit.execution.keeper import bounds, index
from petit.execution.keeper.attempts import NEVER, Attempt

LINES = b"".join(b"%07d\n" % n for n in range(100_000))


def attempt(log_dir: Path, limit: int = 1 << 30) -> Attempt:
    return Attempt("a", 1, 0, 0, str(log_dir), [None, 0, limit, 0])


def looks(which: Attempt, until_ms: int) -> list[int]:
    """Look whenever it is time; return when."""
    found = []
    while which.sample_at_ms <= until_ms:
        found.append(which.sample_at_ms)
        bounds.sample(which, which.sample_at_ms)
    return found


def test_a_growing_log_is_looked_at_every_100_ms(tmp_path: Path) -> None:
    which, when = attempt(tmp_path), []
    for n in range(5):
        (tmp_path / "stdout").write_bytes(b"x" * (n + 1))
        when += looks(which, which.sample_at_ms)
    assert when == [100, 200, 300, 400, 500]
    assert [sample[1:] for sample in index.read(str(tmp_path))] == [(n, 0) for n in range(1, 6)]


def test_a_quiet_log_is_looked_at_after_half_the_time_it_was_quiet(tmp_path: Path) -> None:
    (tmp_path / "stdout").write_bytes(b"x")
    when = looks(attempt(tmp_path), 12_000)
    assert when[:8] == [100, 200, 300, 400, 550, 775, 1_112, 1_618]
    assert when[-4:] == [9_000, 10_000, 11_000, 12_000]  # whole seconds, with all others that are quiet
    assert len(index.read(str(tmp_path))) == 1


def test_what_writes_nothing_gets_no_index(tmp_path: Path) -> None:
    (tmp_path / "stdout").touch()
    looks(attempt(tmp_path), 5_000)
    assert not (tmp_path / "index").exists()


def test_an_index_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "stdout").write_bytes(b"x")
    (tmp_path / "index").mkdir()
    assert looks(attempt(tmp_path), 300) == [100, 200, 300]


# --- a file system that punches no holes: the kernel refuses an ioctl that it does not know, too


@pytest.fixture
def unable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "_PUNCH", 0)


@pytest.mark.usefixtures("unable")
def test_without_holes_a_growing_log_is_whole_and_that_is_said_once(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "stdout").write_bytes(LINES)
    which = attempt(tmp_path, 20_000)
    looks(which, 2_000)
    assert (tmp_path / "stdout").read_bytes() == LINES
    assert not (tmp_path / "stdout.gap").exists()
    assert index.read(str(tmp_path))[-1][1:] == (len(LINES), 0)
    told = capfd.readouterr().err
    assert told.count("\n") == 1
    assert "until its task ends" in told


@pytest.mark.usefixtures("unable")
def test_without_holes_a_log_is_cut_when_nothing_writes_to_it_any_more(tmp_path: Path) -> None:
    path = tmp_path / "stdout"
    path.write_bytes(LINES)
    (tmp_path / "stderr").write_bytes(b"short\n")
    with logs.LogFile(path) as before:
        bounds.finish(attempt(tmp_path, 20_000))
        assert before.render(0, 8).data == LINES[:8]  # who reads goes on
    with logs.LogFile(path) as log:
        assert (log.size, log.dropped) == (800_000, (10_000, 790_000))
        mark = b"\n[... 780,000 bytes dropped ...]\n"
        assert b"".join(log.pieces()) == LINES[:10_000] + mark + LINES[790_000:]
    assert path.stat().st_blocks * 512 < 40_000
    assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(each.name for each in tmp_path.iterdir()) == ["stderr", "stdout", "stdout.gap"]


@pytest.mark.usefixtures("unable")
def test_where_that_fails_the_log_stays_whole(tmp_path: Path) -> None:
    (tmp_path / "stdout").write_bytes(LINES)
    (tmp_path / "stdout.new").mkdir()
    bounds.finish(attempt(tmp_path, 20_000))
    with logs.LogFile(tmp_path / "stdout") as log:
        assert log.dropped is None
        assert b"".join(log.pieces()) == LINES


def test_an_attempt_without_logs_is_looked_at_all_the_same(tmp_path: Path) -> None:
    which = attempt(tmp_path / "gone")
    assert looks(which, 300) == [100, 200, 300]
    bounds.finish(which)
    assert which.kill_at_ms == NEVER
