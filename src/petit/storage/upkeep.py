"""Looking after a database as a whole: checked, copied, brought back, made smaller, brought up to date.

Nothing here runs inside a scheduler. The methods take as long as they take, and tell how far they are.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import msgspec

Progress = Callable[[int, int], None]
"""Called with how much is done and how much there is to do, in no unit in particular."""


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What a check found.

    Attributes:
        problems: What is wrong, a sentence each; none where all is well.
        notes: What could not be checked, or is no more than untidy.
        runs: How many runs were looked at.
        fates: How many rows of the ledger.
    """

    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    runs: int = 0
    fates: int = 0


class Upkeep(Protocol):
    """Looks after one database. Methods raise DatabaseRefused for a file that is not Petit's, or newer."""

    path: Path

    @property
    def newest(self) -> int:
        """The version of the newest schema that this Petit knows."""
        ...

    def version(self) -> int:
        """Return the version of its schema."""
        ...

    def identity(self) -> tuple[str, str | None] | None:
        """Return its uuid and the state directory that it remembers; None where neither can be read."""
        ...

    def check(self, logs: Path | None, progress: Progress) -> Checked:
        """Look for what is wrong, in the state of one moment, whoever writes meanwhile. Changes nothing.

        Args:
            logs: Directory of its log files; None where there is none.
            progress: Is told how far it is.
        """
        ...

    def backup(self, target: Path, progress: Progress) -> int:
        """Copy it as it is at one moment, whoever writes meanwhile; return the bytes of the copy.

        The copy is whole and on the disk when this returns, or it is not there.
        """
        ...

    def restore(self, source: Path, aside: Path, progress: Progress) -> bool:
        """Put a copy of `source` in its place; what was there is kept as `aside`. False: nothing was there.

        Nobody may have the database open. At every moment one of the two is in its place, whole.
        """
        ...

    def vacuum(self) -> tuple[int, int]:
        """Write it anew without what is free in it; return its bytes before and after. Nobody may write."""
        ...

    def migrate(self) -> None:
        """Bring it to the newest version. Nobody may have it open."""
        ...
