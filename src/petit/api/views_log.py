"""The shapes of what is told of logs beside their lines."""

from __future__ import annotations

from typing import Literal

import msgspec

from petit.core.clock import Millis
from petit.core.ids import RunId, TaskId
from petit.scheduler.log_sights import LogError

LogStream = Literal["stdout", "stderr"]


class Dropped(msgspec.Struct, frozen=True, rename={"begin": "from", "end": "to"}):
    """Bytes that were dropped between head and tail: the first one, and the one after the last."""

    begin: int
    end: int


class LogIndex(msgspec.Struct, frozen=True, kw_only=True):
    """A log at a first look. Offsets are bytes of what the task wrote, lines count from 1.

    Attributes:
        attempt: Whose log it is; null while there is none.
        size: Bytes written so far, dropped ones included.
        is_live: More may come.
        lines: How many lines are kept; null with `marks=false`, and where they were not counted to the end: a
            log is read up to 256 MiB.
        marks: `[byte, line, ms]` of the first line in each 64 KiB, 4,096 at most: where it begins, its
            number, when it was first seen, or null where that is not known.
        first_error: The first line that tells of an error.
        landing: The byte to show first: where the last line begins that tells of an error in the last 64 KiB;
            else the last line of stderr; else `size`.
        dropped: What is not there any more.
    """

    run_id: RunId
    task_id: TaskId
    attempt: int | None
    stream: LogStream
    size: int
    is_live: bool
    lines: int | None
    marks: tuple[tuple[int, int, Millis | None], ...]
    first_error: LogError | None
    landing: int
    dropped: Dropped | None


class LogHit(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="hit"):
    """A line with what was looked for, or a piece of one: at most 4 KiB.

    Attributes:
        offset: The first byte of its text.
        line: Its number, from 1.
        text: What is not UTF-8 is replaced by U+FFFD; control characters are as the task wrote them.
        before: The lines before it, the nearest last.
        after: The lines behind it.
    """

    offset: int
    line: int
    text: str
    before: list[str]
    after: list[str]


class LogSearchEnd(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="end"):
    """The end of a search.

    Attributes:
        count: Lines that have it, those that were not shown too.
        shown: How many of them were shown.
        is_complete: All of the log was searched.
        stopped: Why not: `time`, it takes too long; `pattern`, it takes too long on one line; `failed`.
    """

    count: int
    shown: int
    is_complete: bool
    stopped: Literal["time", "pattern", "failed"] | None
