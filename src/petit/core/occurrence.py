"""The fate of due times that no engine saw: a gap judged whole, never enumerated (decisions 7 and 8).

Times are milliseconds since the Unix epoch. A gap is (after, until]: what was due at `after` has its fate.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from petit.core.clock import Millis
from petit.core.job import Catchup
from petit.core.schedule import Schedule

Fate = Literal["ran", "skipped", "missed"]
Absence = Literal["down", "asleep"]
Reason = Literal[
    "disabled", "paused", "job_paused", "dependency", "overlap", "queue_full", "same_instant",
    "down", "asleep", "catchup_limit", "schedule_changed",
]  # fmt: skip

LATE_MS: Millis = 30_000
"""An engine that decides later than this after the due time was asleep: the gap is judged as downtime is."""

CATCHUP_LIMIT = 100
"""Runs that `catchup: all` makes up at most."""


Pause = tuple[Millis, Millis | None, str | None]
"""A stored pause: since when, until when (not included; None for no end), and why."""


class Cause(msgspec.Struct, frozen=True):
    """Why due times have no run. `evidence` is a JSON-able object with the facts."""

    fate: Fate
    reason: Reason
    evidence: dict[str, Any] | None = None


OVER_LIMIT = Cause("missed", "catchup_limit", {"limit": CATCHUP_LIMIT})


class LedgerRange(msgspec.Struct, frozen=True):
    """Due times of one schedule that share a fate: all from `first_due` to `last_due`, both included."""

    first_due: Millis
    last_due: Millis
    fate: Fate
    reason: Reason
    evidence: dict[str, Any] | None = None


class GapVerdict(msgspec.Struct, frozen=True):
    """The fates of all due times of a gap: each is in one range or is one of the runs.

    Attributes:
        ranges: Those without a run, oldest first.
        runs: Due times to make up, oldest first.
        lost: What befell those that are missed.
    """

    ranges: tuple[LedgerRange, ...]
    runs: tuple[Millis, ...]
    lost: Cause


class _Stretch(msgspec.Struct, frozen=True):
    """A part (after, until] of a gap; `pause` is what forbade it, `in_window` whether it may be caught up."""

    after: Millis
    until: Millis
    pause: Cause | None
    in_window: bool


def is_late(due: Millis, now: Millis) -> bool:
    """Say whether an engine that decides at `now` must have been asleep."""
    return now - due > LATE_MS


def judge_gap(
    schedule: Schedule,
    *,
    after: Millis,
    until: Millis,
    catchup: Catchup,
    window_ms: Millis,
    pause: Pause | None = None,
    job_pause: Pause | None = None,
    enabled: bool = True,
    down_since: Millis | None = None,
    reason: Absence = "down",
    schedule_changed: bool = False,
) -> GapVerdict:
    """Decide the fates of what was due while no engine was there to decide.

    Args:
        schedule: As it was before the gap; so is `enabled`.
        after: Time of the last decision; what was due then is decided.
        until: The first pass of the loop after the gap.
        catchup: Policy of the job.
        window_ms: Only what was due this long before `until`, or later, is made up.
        pause: Stored pause of the scheduler.
        job_pause: Stored pause of the job.
        enabled: Whether the job was.
        down_since: When the engine went away, where that is known; told as evidence.
        reason: What kept the engine away.
        schedule_changed: The schedule is gone since; nothing of it is made up.
    """
    lost = _lost(reason, down_since, until, catchup, window_ms, schedule_changed=schedule_changed)
    if not enabled:
        disabled = _between(schedule, after, until, Cause("skipped", "disabled"))
        return GapVerdict((disabled,) if disabled else (), (), lost)
    stretches = list(_stretches(after, until, until - window_ms, pause, job_pause))
    runs = () if schedule_changed else _runs(schedule, stretches, catchup)
    pieces: list[LedgerRange | None] = []
    for stretch in stretches:
        cause = stretch.pause or lost
        if cause is lost and stretch.in_window and catchup == "all" and not schedule_changed:
            cause = OVER_LIMIT
        pieces += _pieces(schedule, stretch.after, stretch.until, runs, cause)
    return GapVerdict(_merged(pieces), runs, lost)


def _lost(
    reason: Absence,
    down_since: Millis | None,
    until: Millis,
    catchup: Catchup,
    window_ms: Millis,
    *,
    schedule_changed: bool,
) -> Cause:
    evidence: dict[str, Any] = {"since": down_since, "until": until}
    if schedule_changed:
        return Cause("missed", "schedule_changed", evidence)
    return Cause("missed", reason, evidence | {"catchup": catchup, "catchup_window_ms": window_ms})


def pause_cause(reason: Literal["paused", "job_paused"], pause: Pause) -> Cause:
    """Return what a pause does to what is due in it, with the pause as evidence."""
    since, until, why = pause
    return Cause("skipped", reason, {"since": since, "until": until, "reason": why})


def _stretches(
    after: Millis, until: Millis, window: Millis, pause: Pause | None, job_pause: Pause | None
) -> Iterator[_Stretch]:
    """Cut a gap where a pause begins or ends and where the catch-up window begins."""
    cuts = {after, until, window - 1}
    for each in (pause, job_pause):
        if each is not None:
            cuts |= {each[0] - 1, until if each[1] is None else each[1] - 1}
    edges = sorted(cut for cut in cuts if after <= cut <= until)
    for begin, end in itertools.pairwise(edges):
        yield _Stretch(begin, end, _pause_at(end, pause, job_pause), end >= window)


def _pause_at(due: Millis, pause: Pause | None, job_pause: Pause | None) -> Cause | None:
    """Return what forbade a due time: the scheduler's pause before the job's (decision 3)."""
    if pause is not None and _covers(pause, due):
        return pause_cause("paused", pause)
    if job_pause is not None and _covers(job_pause, due):
        return pause_cause("job_paused", job_pause)
    return None


def _covers(pause: Pause, due: Millis) -> bool:
    since, until, _ = pause
    return since <= due and (until is None or due < until)


def _runs(schedule: Schedule, stretches: list[_Stretch], catchup: Catchup) -> tuple[Millis, ...]:
    """Pick the due times to make up: the newest, or the oldest hundred, of the window and outside pauses."""
    eligible = [each for each in stretches if each.in_window and each.pause is None]
    if catchup == "last":
        for stretch in reversed(eligible):
            due = schedule.previous_before(stretch.until + 1)
            if due is not None and due > stretch.after:
                return (due,)
    runs: list[Millis] = []
    if catchup == "all":
        for stretch in eligible:
            for due in schedule.between(stretch.after, stretch.until):
                if len(runs) == CATCHUP_LIMIT:
                    return tuple(runs)
                runs.append(due)
    return tuple(runs)


def _pieces(
    schedule: Schedule, after: Millis, until: Millis, runs: tuple[Millis, ...], cause: Cause
) -> list[LedgerRange | None]:
    """Return the ranges of (after, until] around the runs in it, with None in the place of each run."""
    pieces: list[LedgerRange | None] = []
    for run in runs:
        if after < run <= until:
            pieces += [_between(schedule, after, run - 1, cause), None]
            after = run
    last = _between(schedule, after, until, cause)
    return pieces if last is None else [*pieces, last]


def _between(schedule: Schedule, after: Millis, until: Millis, cause: Cause) -> LedgerRange | None:
    """Return the range of all that is due in (after, until], None if nothing is."""
    first = schedule.next_after(after)
    if first is None or first > until:
        return None
    last = schedule.previous_before(until + 1)
    assert last is not None
    return _range(first, last, cause)


def _range(first: Millis, last: Millis, cause: Cause) -> LedgerRange:
    return LedgerRange(first, last, cause.fate, cause.reason, cause.evidence)


def _merged(pieces: list[LedgerRange | None]) -> tuple[LedgerRange, ...]:
    """Join neighbours with one cause, parted only by the edge of the window. A run, None, parts them."""
    merged: list[LedgerRange | None] = []
    for piece in pieces:
        before = merged[-1] if merged else None
        if piece and before and (piece.reason, piece.evidence) == (before.reason, before.evidence):
            merged[-1] = msgspec.structs.replace(before, last_due=piece.last_due)
        else:
            merged.append(piece)
    return tuple(piece for piece in merged if piece is not None)
