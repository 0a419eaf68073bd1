"""What the tests of the promises counted: told by each, shown together when all have run."""

from __future__ import annotations

from typing import NamedTuple

COLUMNS = ("Promise", "Faults", "of which kind", "Lost", "Doubled", "Orphaned", "Unexplained")


class Tally(NamedTuple):
    """The count of one test; it has failed where one of the last four is not 0."""

    promise: str
    faults: int
    kind: str
    lost: int
    doubled: int
    orphaned: int
    unexplained: int


told: list[Tally] = []


def tell(
    promise: str,
    faults: int,
    kind: str,
    *,
    lost: int = 0,
    doubled: int = 0,
    orphaned: int = 0,
    unexplained: int = 0,
) -> None:
    """Say what a test has counted.

    Args:
        promise: Its number, such as "P1".
        faults: How many faults were injected, or cases tried.
        kind: What they were, and what else was counted, in a few words.
        lost: Accepted and gone.
        doubled: Done more than once.
        orphaned: Processes left.
        unexplained: Whatever else should not be: a state, a row, an answer that nothing accounts for.
    """
    told.append(Tally(promise, faults, kind, lost, doubled, orphaned, unexplained))


def table(tallies: list[Tally]) -> list[str]:
    """Write the table, as Markdown, by promise."""
    rows = [COLUMNS, ("---",) * len(COLUMNS)]
    rows += [tuple(str(value) for value in tally) for tally in sorted(tallies, key=_place)]
    return ["| " + " | ".join(row) + " |" for row in rows]


def _place(tally: Tally) -> tuple[int, str]:
    return int(tally.promise[1:]), tally.kind
