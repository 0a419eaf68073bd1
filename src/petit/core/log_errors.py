"""Which lines of output tell of an error: for the first look at a log, its marks, and what needs somebody.

A line tells of one if it has the word error, fatal or panic, or names an exception (`ValueError`,
`NullPointerException`). Of a Python traceback it is the line behind it, whatever that says. Lines that say
that there was none ("0 errors", "error: none") do not count, nor do names of files and options (`error.log`,
`--error`).

Works on bytes, for output may be anything.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import NamedTuple

LONGEST_TRACEBACK = 64 * 1024
"""Bytes; what is longer is no traceback."""

_TRACEBACK = b"traceback (most recent call last):"
_HINTS = (b"error", b"fatal", b"panic", b"exception", _TRACEBACK)  # in lower case; without one, no error

_WORD = re.compile(rb"(?i: errors? | fatal | panic (?: ked )? | exception ) (?! [\w-] | \.\w )", re.VERBOSE)
_NAMES = (b"Error", b"Exception")
_JOINS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-")
"""What stands before a word that is a part of something else."""

_COLOUR_BEFORE = re.compile(rb"\x1b\[[0-9;]*m\Z")
_NONE_BEFORE = re.compile(rb"(?i)\b (?: 0 | no | zero | without (?: [ ] any )? ) [ \t]+ \Z", re.VERBOSE)
_NONE_AFTER = re.compile(
    rb"""(?i) ["']? [ \t]* [:=] [ \t]* ["']? (?: 0+ | none | null | nil | false | no ) \b (?! [.%] )""",
    re.VERBOSE,
)
_ESCAPES = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|[ -/]*[0-~])"
)
_CONTROLS = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Span(NamedTuple):
    """A line: its first byte, and the byte after its last, without the line feed."""

    start: int
    end: int


def errors_in(data: bytes, *, patience: int = sys.maxsize) -> Iterator[Span]:
    """Walk the lines that tell of an error, in order. What stands within a traceback is passed over.

    Args:
        data: Output, from the beginning of a line on.
        patience: How many words that only look like it are looked at (10 us each) before the rest is left.
    """
    hints = _Hints(data)
    start = end = 0
    while (at := hints.following()) is not None:
        if at >= end:
            start, end = data.rfind(b"\n", 0, at) + 1, _end_of_line(data, at)
        if hints.lowered.startswith(_TRACEBACK, at):
            found = _behind(data, start, at, end)
            if found is None:
                return  # it goes on beyond what is here
            if found.start >= 0 and _TRACEBACK in hints.lowered[found.start : found.end]:
                hints.pass_over(found.start)  # it has nothing but its heading
            else:
                if found.start >= 0:
                    yield found
                hints.pass_over(max(end, found.end))
        elif _tells(data, start, at, end):
            yield Span(start, end)
            hints.pass_over(end)
        elif patience:
            patience -= 1
            hints.pass_over(at + 1)
        else:
            return


def first_error(data: bytes, *, patience: int = sys.maxsize) -> Span | None:
    """Return the first line that tells of an error."""
    return next(errors_in(data, patience=patience), None)


def last_error(data: bytes) -> Span | None:
    """Return the last line that tells of an error."""
    last = None
    for last in errors_in(data):  # noqa: B007 - the last one is what is wanted
        pass
    return last


def last_line(data: bytes) -> Span | None:
    """Return the last line that is not blank."""
    end = len(data.rstrip())
    if not end:
        return None
    return Span(data.rfind(b"\n", 0, end) + 1, _end_of_line(data, end - 1))


def unfinished(data: bytes) -> int:
    """Return from where `errors_in` has to look again when more follows: a cut line, or a cut traceback."""
    cut = data.rfind(b"\n") + 1
    begun = data.lower().rfind(_TRACEBACK)
    if begun < 0 or len(data) - begun > LONGEST_TRACEBACK:
        return cut
    start = data.rfind(b"\n", 0, begun) + 1
    behind = _behind(data, start, begun, _end_of_line(data, begun))
    is_open = behind is None or behind.start >= cut
    return start if is_open else cut


def plain(line: bytes, limit: int) -> str:
    """Return a line as plain text of at most so many characters: without colours and controls.

    Of a line that was written over, as progress bars do, it is what was written last.
    """
    text = _ESCAPES.sub(b"", line).rstrip(b"\r\n").rpartition(b"\r")[2].decode(errors="replace")
    return _CONTROLS.sub("", text.replace("\t", " ")).strip()[:limit]


class _Hints:
    """Finds the places that are worth a look: several searches for one word each beat one for them all."""

    def __init__(self, data: bytes) -> None:
        self.lowered = data.lower()
        self._next = {hint: self.lowered.find(hint) for hint in _HINTS}

    def following(self) -> int | None:
        return min((at for at in self._next.values() if at >= 0), default=None)

    def pass_over(self, end: int) -> None:
        for hint, at in self._next.items():
            if 0 <= at < end:
                self._next[hint] = self.lowered.find(hint, end)


def _tells(data: bytes, start: int, at: int, end: int) -> bool:
    """Say whether the hint at `at`, in the line from `start` to `end`, means an error."""
    word = _WORD.match(data, at, end)
    if word is None:
        return False
    is_name = word[0] in _NAMES
    if at > start and data[at - 1] in _JOINS:
        is_joined = data[at - 1] not in b"./-"
        return (is_name and is_joined) or _COLOUR_BEFORE.search(data, max(start, at - 20), at) is not None
    if word[0].lower() == b"exception" and not is_name:
        return False
    return (
        _NONE_BEFORE.search(data, max(start, at - 16), at) is None
        and _NONE_AFTER.match(data, word.end(), end) is None
    )


def _end_of_line(data: bytes, at: int) -> int:
    end = data.find(b"\n", at)
    return len(data) if end < 0 else end


def _behind(data: bytes, start: int, at: int, end: int) -> Span | None:
    """Return the line behind a traceback: the first that is not indented more than its heading.

    Args:
        data: The output.
        start: Of the line with the heading.
        at: Of the heading; what stands before it on its line stands before all its lines.
        end: Of that line.

    Returns:
        None where the traceback goes on beyond the data; a span at -1 where it is none.
    """
    prefix = data[start:at]
    begun = end
    while end < len(data):
        start = end + 1
        end = _end_of_line(data, start)
        line = data[start:end]
        if start - begun > LONGEST_TRACEBACK:
            return Span(-1, -1)
        is_within = line.startswith(prefix) and line[len(prefix) : len(prefix) + 1] in (b" ", b"\t")
        if line.strip() and not is_within:
            return Span(start, end)
    return None
