"""The time index beside the logs: what is appended is read, and it never grows beyond its bound."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from petit.execution import logs
from petit.execution.keeper import index

Sizes = list[tuple[int, int]]


def written(log_dir: Path, sizes: Sizes) -> list[index.Sample]:
    for at, (out, err) in enumerate(sizes):
        index.append(str(log_dir), 1_000 + at, out, err)
    return index.read(str(log_dir))


def test_what_is_appended_is_read(tmp_path: Path) -> None:
    assert index.read(str(tmp_path)) == []
    assert written(tmp_path, [(5, 0), (5, 7), (2**40, 7)]) == [(1000, 5, 0), (1001, 5, 7), (1002, 2**40, 7)]
    (tmp_path / "stdout").touch()
    with logs.LogFile(tmp_path / "stdout") as log:
        assert log.samples() == index.read(str(tmp_path))


@pytest.mark.parametrize(
    ("tail", "extra"),
    [
        pytest.param(b"", 0, id="whole"),
        pytest.param(b"\1", 0, id="a byte of a record that a full disk cut off"),
        pytest.param(b"\1" * 23, 0, id="all but a byte of one"),
        pytest.param(b"\0" * 24, 1, id="a record of zeros is one like another"),
    ],
)
def test_a_torn_record_is_not_read_and_does_not_shift_the_next(
    tmp_path: Path, tail: bytes, extra: int
) -> None:
    written(tmp_path, [(1, 1)])
    with (tmp_path / "index").open("ab") as file:
        file.write(tail)
    assert len(index.read(str(tmp_path))) == 1 + extra
    index.append(str(tmp_path), 5, 6, 7)
    index.append(str(tmp_path), 8, 9, 10)
    assert index.read(str(tmp_path))[1 + extra :] == [(5, 6, 7), (8, 9, 10)]
    assert len((tmp_path / "index").read_bytes()) % 24 == 0


def test_it_stays_within_its_bound_with_the_first_and_the_last(tmp_path: Path) -> None:
    count = 20 * index.MOST
    found = written(tmp_path, [(n, n // 3) for n in range(1, count + 1)])
    assert index.MOST // 4 <= len(found) < index.MOST
    assert found[0] == (1_000, 1, 0)
    assert found[-1] == (1_000 + count - 1, count, count // 3)
    assert found == sorted(found)
    assert (tmp_path / "index").stat().st_size <= 24 * index.MOST
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index"]


def turns(length: int, *, each: int) -> list[index.Sample]:
    """Samples of two streams that are written in turns of so many samples."""
    sizes, found = [0, 0], []
    for n in range(length):
        sizes[n // each % 2] += 10
        found.append((n, sizes[0], sizes[1]))
    return found


def grown_together(samples: list[index.Sample]) -> int:
    return sum(a[1] < b[1] and a[2] < b[2] for a, b in pairwise(samples))


def test_thinning_spares_what_tells_the_order() -> None:
    samples = turns(index.MOST, each=4)
    thin = index.thinned(samples)
    assert len(thin) <= index.MOST * 3 // 4
    assert grown_together(samples) == grown_together(thin) == 0


def test_thinning_halves_where_every_sample_tells_the_order() -> None:
    thin = index.thinned(turns(index.MOST, each=1))
    assert index.MOST // 4 <= len(thin) <= index.MOST // 2 + 1
    assert thin[0][0] == 0
    assert thin[-1][0] == index.MOST - 1


@pytest.mark.parametrize("length", range(5))
def test_thinning_of_very_few(length: int) -> None:
    samples = turns(length, each=1)
    thin = index._halved(samples, is_order_kept=False)
    assert thin == [sample for n, sample in enumerate(samples) if n in {0, length - 1} or n % 2 == 0]


def test_an_index_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    assert index.read(str(tmp_path)) == []
    assert index.read(str(tmp_path / "gone")) == []


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "mine").write_bytes(b"x" * 24)
    (tmp_path / "index").symlink_to(tmp_path / "mine")
    assert index.read(str(tmp_path)) == []
    with pytest.raises(OSError, match="symbolic links"):
        index.append(str(tmp_path), 1, 2, 3)


def test_it_is_removed_with_the_logs(tmp_path: Path) -> None:
    directory = tmp_path / "logs"
    directory.mkdir()
    written(directory, [(1, 1)])
    assert logs.disk_bytes(directory) > 0
    logs.remove(directory)
    assert not directory.exists()
