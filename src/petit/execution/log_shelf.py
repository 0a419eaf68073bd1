"""The log files of all runs, as a whole: which runs have some, what room they take, and how they go.

Runs of about five hours lie in a directory of their own, a shelf, named after the beginning of their ids (see
`petit.scheduler.attempts`). Whatever lies in a run's directory is Petit's.
"""

from __future__ import annotations

import os
import shutil

from petit.core.ids import RunId

_BLOCK = 512  # bytes that st_blocks counts in, whatever the file system's own are


class LogShelves:
    """All log files. Methods block for as long as the disk takes: call them in a thread.

    Args:
        root: Directory of the log files.
    """

    def __init__(self, root: str) -> None:
        self._root = root

    @staticmethod
    def shelf_of(run_id: RunId) -> str:
        """Return the shelf of a run."""
        return run_id[:6]

    def shelves(self) -> list[str]:
        """Return all shelves, the oldest first."""
        return sorted(_names(self._root))

    def runs(self, shelf: str) -> list[tuple[RunId, int]]:
        """Return the runs on a shelf, the oldest first, and the bytes that the logs of each take."""
        path = f"{self._root}/{shelf}"
        return [(run_id, _size(f"{path}/{run_id}")) for run_id in sorted(_names(path))]

    def remove(self, run_id: RunId) -> None:
        """Remove the logs of a run; its shelf too, where nothing is left on it."""
        shelf = f"{self._root}/{self.shelf_of(run_id)}"
        shutil.rmtree(f"{shelf}/{run_id}", ignore_errors=True)
        try:
            os.rmdir(shelf)
        except OSError:  # others lie there, or it is gone
            return


def _names(path: str) -> list[str]:
    try:
        with os.scandir(path) as entries:
            return [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except FileNotFoundError:
        return []


def _size(path: str) -> int:
    """Return what the files below a directory take on the disk, holes not counted."""
    total = 0
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    total += _size(entry.path)
                else:
                    total += entry.stat(follow_symlinks=False).st_blocks * _BLOCK
    except FileNotFoundError:  # removed meanwhile
        return total
    return total
