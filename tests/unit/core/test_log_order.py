from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petit.core.log_order import STREAMS, Sample, Stretch, in_order, is_exact

BOTH = {"stdout": 0, "stderr": 0}


def order(samples: list[Sample], out: int, err: int, last_at: int | None = None) -> list[Stretch]:
    return list(in_order(samples, BOTH, {"stdout": out, "stderr": err}, last_at))


@pytest.mark.parametrize(
    ("samples", "sizes", "expected"),
    [
        pytest.param([], (0, 0), [], id="nothing"),
        pytest.param(
            [],
            (3, 2),
            [("stdout", 0, 3, 99), ("stderr", 0, 2, 99)],
            id="no sample: one after the other, at the end",
        ),
        pytest.param(
            [(1, 0, 2), (2, 3, 2)],
            (3, 2),
            [("stderr", 0, 2, 1), ("stdout", 0, 3, 2)],
            id="samples tell the order",
        ),
        pytest.param(
            [(1, 3, 2)],
            (3, 2),
            [("stdout", 0, 3, 1), ("stderr", 0, 2, 1)],
            id="both grew: stdout is put first",
        ),
        pytest.param(
            [(1, 3, 0)],
            (5, 0),
            [("stdout", 0, 3, 1), ("stdout", 3, 5, 99)],
            id="what no sample saw comes last",
        ),
        pytest.param([(1, 9, 0)], (5, 0), [("stdout", 0, 5, 1)], id="not beyond the end"),
        pytest.param(
            [(1, 4, 0), (2, 1, 0), (3, 6, 0)],
            (6, 0),
            [("stdout", 0, 4, 1), ("stdout", 4, 6, 3)],
            id="a truncated log",
        ),
    ],
)
def test_the_order(samples: list[Sample], sizes: tuple[int, int], expected: list[Stretch]) -> None:
    assert order(samples, *sizes, last_at=99) == expected


def test_one_stream_of_two_from_a_byte_on() -> None:
    samples = [(1, 5, 5), (2, 5, 9), (3, 5, 12)]
    assert list(in_order(samples, {"stderr": 7}, {"stderr": 13}, None)) == [
        ("stderr", 7, 9, 2),
        ("stderr", 9, 12, 3),
        ("stderr", 12, 13, None),
    ]


@pytest.mark.parametrize(
    ("samples", "sizes", "exact"),
    [
        pytest.param([], (0, 0), True, id="nothing"),
        pytest.param([], (5, 0), True, id="one stream alone"),
        pytest.param([], (5, 5), False, id="two and no sample"),
        pytest.param([(1, 5, 0)], (5, 5), True, id="one after the other"),
        pytest.param([(1, 5, 5)], (5, 5), False, id="both at one look"),
        pytest.param([(1, 5, 0), (2, 5, 5)], (7, 7), False, id="both since the last look"),
        pytest.param([(1, 5, 0), (2, 5, 5), (3, 5, 5)], (7, 5), True, id="turns"),
    ],
)
def test_whether_the_order_is_known(samples: list[Sample], sizes: tuple[int, int], exact: bool) -> None:
    assert is_exact(samples, dict(zip(STREAMS, sizes, strict=True))) is exact


writes = st.lists(st.tuples(st.sampled_from(STREAMS), st.integers(1, 50), st.booleans()), max_size=40)


@given(writes, st.integers(0, 60), st.integers(0, 60))
def test_the_order_of_writes_is_found_as_far_as_looks_tell(
    done: list[tuple[str, int, bool]], out_from: int, err_from: int
) -> None:
    """Writes one after the other, some of them followed by a look; bytes are compared one by one."""
    sizes = dict(BOTH)
    samples: list[Sample] = []
    truth: list[tuple[str, int, int]] = []  # each byte, with the number of the look that saw it
    for stream, count, is_looked_at in done:
        truth += [(stream, n, len(samples)) for n in range(sizes[stream], sizes[stream] + count)]
        sizes[stream] += count
        if is_looked_at:
            samples.append((len(samples), sizes["stdout"], sizes["stderr"]))
    begin = {"stdout": min(out_from, sizes["stdout"]), "stderr": min(err_from, sizes["stderr"])}
    found = [
        (each.stream, n, each.at)
        for each in in_order(samples, begin, sizes, len(samples))
        for n in range(each.start, each.end)
    ]
    expected = [byte for byte in truth if byte[1] >= begin[byte[0]]]
    assert sorted(found) == sorted(expected)  # each byte once, seen when it was seen
    assert all(a[2] <= b[2] for a, b in pairwise(found) if a[2] is not None and b[2] is not None)
    if is_exact(samples, sizes):
        assert found == expected
