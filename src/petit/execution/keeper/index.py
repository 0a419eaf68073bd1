"""The time index of an attempt: how long its logs were at which moment.

A small file beside the logs, of fixed-width records: what is known of when a byte was written, and of what
was written first on the two streams. An attempt that is over before its logs are first looked at has none:
all its output is as old as its end.
"""

from __future__ import annotations

import os
import struct

NAME = "index"
MOST = 256
"""Records kept at most: 6 KiB."""

_RECORD = struct.Struct("<QQQ")  # wall time in ms, bytes of stdout, bytes of stderr

Sample = tuple[int, int, int]


def append(log_dir: str, at_ms: int, stdout: int, stderr: int) -> None:
    """Add a sample, and thin the file out when it has too many.

    Args:
        log_dir: Where the logs lie.
        at_ms: Milliseconds since the Unix epoch (UTC).
        stdout: Bytes that the task has written there so far.
        stderr: The same.

    Raises:
        OSError: It cannot be written: the directory was removed, the disk is full.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
    fd = os.open(f"{log_dir}/{NAME}", flags, 0o600)
    try:
        size = os.lseek(fd, 0, os.SEEK_END)
        if torn := size % _RECORD.size:  # a full disk took a part: it must not shift what comes now
            os.ftruncate(fd, size - torn)
        os.write(fd, _RECORD.pack(at_ms, stdout, stderr))
    finally:
        os.close(fd)
    if size + _RECORD.size >= MOST * _RECORD.size:
        _replace(log_dir, thinned(read(log_dir)))


def read(log_dir: str) -> list[Sample]:
    """Return the samples, oldest first; none where there is no file. Never raises for what is in it."""
    try:
        fd = os.open(f"{log_dir}/{NAME}", os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return []
    try:
        data = os.read(fd, 2 * MOST * _RECORD.size)
    except OSError:
        return []
    finally:
        os.close(fd)
    whole = data[: len(data) - len(data) % _RECORD.size]
    return [(at_ms, stdout, stderr) for at_ms, stdout, stderr in _RECORD.iter_unpack(whole)]


def thinned(samples: list[Sample]) -> list[Sample]:
    """Return at most three quarters of `MOST` of the samples, the first and the last among them.

    Those between which one and the same stream grew go first, for the order of the streams does not need
    them; then every second one.
    """
    kept = _halved(samples, is_order_kept=True)
    while len(kept) > MOST * 3 // 4:
        kept = _halved(kept, is_order_kept=False)
    return kept


def _halved(samples: list[Sample], *, is_order_kept: bool) -> list[Sample]:
    """Leave out samples, never two that follow one another, so that no long time is left without any."""
    kept = samples[:1]
    was_kept = True
    for before, sample, after in zip(samples, samples[1:], samples[2:], strict=False):
        may_go = not is_order_kept or _grown(before, sample) == _grown(sample, after)
        was_kept = not (was_kept and may_go)
        if was_kept:
            kept.append(sample)
    return kept + samples[1:][-1:]


def _grown(before: Sample, after: Sample) -> int:
    """Say which stream alone grew: 1 or 2, 3 for both (of which nothing is known that could be lost)."""
    return (after[1] > before[1]) + 2 * (after[2] > before[2])


def _replace(log_dir: str, samples: list[Sample]) -> None:
    new = f"{log_dir}/{NAME}.new"
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        os.write(fd, b"".join(_RECORD.pack(*sample) for sample in samples))
    finally:
        os.close(fd)
    os.rename(new, f"{log_dir}/{NAME}")
