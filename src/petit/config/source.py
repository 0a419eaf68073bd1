"""From bytes on disk to text: the file is regular, small enough, UTF-8 and free of control characters."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import msgspec

from petit.config.report import Refused, Spot, spot_after

MAX_FILE_BYTES = 1024 * 1024
"""Largest job file that is read."""

_BOM = b"\xef\xbb\xbf"
_FOREIGN_BOMS = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
# What YAML 1.2 calls not printable (section 5.1).
_CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_START = Spot(0, 0)


class FileStamp(msgspec.Struct, frozen=True):
    """What tells one version of a file from another without reading it."""

    mtime_ns: int
    ctime_ns: int
    size: int
    inode: int
    device: int

    @classmethod
    def of(cls, status: os.stat_result) -> FileStamp:
        """Return the stamp of a file's status."""
        return cls(status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino, status.st_dev)


def read_bytes(path: Path | str) -> tuple[bytes, FileStamp]:
    """Read a job file, and no more than one byte over the limit, without ever waiting for one that is none.

    Raises:
        FileNotFoundError: It is gone.
        Refused: It is not a regular file, too large, or cannot be read.
    """
    try:
        # Without O_NONBLOCK, opening a FIFO would wait for a writer for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Refused(_START, *_unopened(path, error)) from None
    try:
        status = os.fstat(descriptor)
        _require_regular(status)
        return _read_all(descriptor), FileStamp.of(status)
    except OSError as error:
        raise Refused(_START, f"cannot be read: {error.strerror}") from None
    finally:
        os.close(descriptor)


def decode(data: bytes) -> str:
    """Return the text of a file, without the byte-order mark that UTF-8 may have.

    Raises:
        Refused: It is too large, not UTF-8, or holds control characters.
    """
    if len(data) > MAX_FILE_BYTES:
        raise _too_large(len(data))
    for mark, name in _FOREIGN_BOMS.items():
        if data.startswith(mark):
            raise Refused(_START, f"the file is {name}, not UTF-8", "save it as UTF-8")
    try:
        text = data.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode("utf-8", "replace")
        byte = error.object[error.start]
        raise Refused(
            spot_after(before), f"the file is not UTF-8: byte 0x{byte:02x}", "save it as UTF-8"
        ) from None
    control = _CONTROL.search(text)
    if control is not None:
        code = ord(control[0])
        raise Refused(
            spot_after(text[: control.start()]),
            f"the control character U+{code:04X} cannot stand in a job file",
            f'in text, write it as an escape in double quotes: "\\u{code:04x}"'
            if 0 < code < 0x10000
            else None,
        )
    return text


def lenient_text(data: bytes) -> str:
    """Return the text of a file that is not proper text, to show its lines."""
    return data[:MAX_FILE_BYTES].removeprefix(_BOM).decode("utf-8", "replace")


def _read_all(descriptor: int) -> bytes:
    """Read up to one byte more than a file may have."""
    data = b""
    while more := os.read(descriptor, MAX_FILE_BYTES + 1 - len(data)):
        data += more
    return data


def _require_regular(status: os.stat_result) -> None:
    mode = status.st_mode
    if stat.S_ISREG(mode):
        if status.st_size > MAX_FILE_BYTES:
            raise _too_large(status.st_size)
        return
    kinds = {
        stat.S_IFDIR: "a directory", stat.S_IFIFO: "a FIFO", stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device", stat.S_IFBLK: "a device",
    }  # fmt: skip
    kind = kinds.get(stat.S_IFMT(mode), "something else")
    raise Refused(
        _START, f"this is {kind}, not a job file", "rename it, or move it out of the jobs directory"
    )


def _too_large(size: int) -> Refused:
    return Refused(_START, f"the file has {size:,} bytes; a job file has at most {MAX_FILE_BYTES:,} (1 MiB)")


def _unopened(path: Path | str, error: OSError) -> tuple[str, str | None]:
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - a descriptor's worth of speed is lost in Path for 10,000 files
    except OSError:
        mode = 0
    if stat.S_ISSOCK(mode):  # a socket cannot be opened at all (ENXIO)
        return "this is a socket, not a job file", "rename it, or move it out of the jobs directory"
    return f"cannot be read: {error.strerror}", None
