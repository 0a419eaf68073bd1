"""In which order two streams were written, as far as samples of their sizes tell.

Between two samples nothing is known of the order: where both streams grew, stdout is put first and the order
is approximate. Sizes and offsets are bytes of the original streams.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from petit.core.clock import Millis

STREAMS = ("stdout", "stderr")
Sample = tuple[Millis, int, int]
"""(wall time, bytes of stdout, bytes of stderr) at one look, oldest first in a sequence."""


class Stretch(NamedTuple):
    """What one stream gained between two samples.

    Attributes:
        stream: Which stream.
        start: Its first byte.
        end: The byte after its last.
        at: When it was first seen; None where that is not known.
    """

    stream: str
    start: int
    end: int
    at: Millis | None


def in_order(
    samples: Sequence[Sample], begin: Mapping[str, int], end: Mapping[str, int], last_at: Millis | None
) -> Iterator[Stretch]:
    """Yield the stretches of some streams in the order in which they were written.

    Args:
        samples: What is known. Sizes that shrink (a stream that its task has truncated) count as unchanged.
        begin: Where to begin in each stream that is wanted.
        end: Where to end in the same streams.
        last_at: The time of what no sample has seen.
    """
    offsets = dict(begin)
    for at, *sizes in samples:
        by_stream = dict(zip(STREAMS, sizes, strict=True))
        yield from _grown(offsets, {s: min(by_stream[s], end[s]) for s in offsets}, at)
    yield from _grown(offsets, end, last_at)


def _grown(offsets: dict[str, int], sizes: Mapping[str, int], at: Millis | None) -> Iterator[Stretch]:
    for stream, start in offsets.items():
        if sizes[stream] > start:
            offsets[stream] = sizes[stream]
            yield Stretch(stream, start, sizes[stream], at)


def is_exact(samples: Sequence[Sample], end: Mapping[str, int]) -> bool:
    """Say whether the order up to `end` is known: no two streams grew between the same two samples."""
    before = dict.fromkeys(end, 0)
    moments = [dict(zip(STREAMS, sizes, strict=True)) for _, *sizes in samples]
    for moment in [*moments, end]:
        grown = {s: min(moment[s], end[s]) for s in before if min(moment[s], end[s]) > before[s]}
        if len(grown) > 1:
            return False
        before.update(grown)
    return True
