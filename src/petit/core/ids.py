"""Identifiers: what a job, a run and an attempt are called."""

from __future__ import annotations

import re

from petit.core.clock import Clock, Entropy, Millis

JobId = str
TaskId = str
RunId = str
AttemptId = str

ID_PATTERN = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}"
_ID = re.compile(ID_PATTERN)
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")


def is_valid_id(text: str) -> bool:
    """Say whether `text` may name a job or a task."""
    return _ID.fullmatch(text) is not None


def is_run_id(text: str) -> bool:
    """Say whether `text` has the form of a run id: a UUID in its canonical form."""
    return _UUID.fullmatch(text) is not None


def attempt_id(run_id: RunId, task_id: TaskId, number: int) -> AttemptId:
    """Name attempt `number` (from 1) of a task of a run."""
    return f"{run_id}/{task_id}/{number}"


def split_attempt_id(attempt: AttemptId) -> tuple[RunId, TaskId, int]:
    """Take an attempt id apart again."""
    run_id, task_id, number = attempt.split("/")
    return run_id, task_id, int(number)


class RunIds:
    """Makes run ids: UUIDv7 (RFC 9562) that never sort before an earlier one, though the clock steps back."""

    def __init__(self, clock: Clock, entropy: Entropy) -> None:
        self._clock = clock
        self._entropy = entropy
        self._last_ms: Millis = 0
        self._sequence = 0

    def not_before(self, ms: Millis) -> None:
        """Let no later id carry an earlier time than this, that of the last id an earlier engine made."""
        self._last_ms = max(self._last_ms, ms)

    def next(self) -> RunId:
        """Return a new id; its time is the later of now and that of the last id."""
        now = self._clock.now()
        if now > self._last_ms:
            self._last_ms = now
            # The top bit stays clear: room to count up within a millisecond.
            self._sequence = self._entropy.bits(11)
        else:
            self._sequence += 1
            if self._sequence > 0xFFF:
                self._last_ms += 1
                self._sequence = self._entropy.bits(11)
        value = (self._last_ms & 0xFFFFFFFFFFFF) << 80
        value |= 0x7 << 76 | self._sequence << 64 | 0b10 << 62 | self._entropy.bits(62)
        text = f"{value:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def run_id_ms(run_id: RunId) -> Millis:
    """Return the time a run id carries."""
    return int(run_id[:8] + run_id[9:13], 16)
