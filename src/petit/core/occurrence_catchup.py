"""Catching up for a job that has several schedules: they share instants and limits (decisions 5 and 7)."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from petit.core.clock import Millis
from petit.core.job import Catchup
from petit.core.occurrence import CATCHUP_LIMIT, OVER_LIMIT, GapVerdict, LedgerRange


class CatchUp(msgspec.Struct, frozen=True):
    """One run that makes up for missed occurrences: all of its schedules were due at `due`."""

    due: Millis
    schedules: tuple[str, ...]


class MadeUp(msgspec.Struct, frozen=True):
    """What a job catches up, oldest first, and the ranges of each of its schedules, by key."""

    runs: tuple[CatchUp, ...]
    ranges: dict[str, tuple[LedgerRange, ...]]


def make_up(gaps: Mapping[str, GapVerdict], catchup: Catchup) -> MadeUp:
    """Join the verdicts on one job's schedules, by key: one run for each instant, limits for the whole job.

    `last` keeps the newest of all, `all` the oldest hundred; the others become missed.
    """
    due: dict[Millis, list[str]] = {}
    for key, gap in gaps.items():
        for instant in gap.runs:
            due.setdefault(instant, []).append(key)
    instants = sorted(due)
    kept = instants[-1:] if catchup == "last" else instants[:CATCHUP_LIMIT]
    ranges = {key: gap.ranges for key, gap in gaps.items()}
    for instant in set(instants) - set(kept):
        for key in due[instant]:
            cause = gaps[key].lost if catchup == "last" else OVER_LIMIT
            ranges[key] += (LedgerRange(instant, instant, cause.fate, cause.reason, cause.evidence),)
    ordered = {key: tuple(sorted(each, key=lambda one: one.first_due)) for key, each in ranges.items()}
    return MadeUp(tuple(CatchUp(instant, tuple(due[instant])) for instant in kept), ordered)
