"""Job files that live in a test instead of a directory."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path

from petit.config.directory import JobDirectory
from petit.config.jobs import parse_job
from petit.config.loader import Loaded
from petit.core.ids import JobId


class MemoryJobs(JobDirectory):
    """A jobs directory of YAML texts by file name; a test changes `files` and reloads.

    Each file is read by the real parser. What is checked between files (double ids, unknown upstreams) is
    left out.
    """

    def __init__(self, files: Mapping[str, str] | None = None, *, timezone: str = "UTC") -> None:
        super().__init__(Path("/memory"))
        self.files: dict[str, str] = dict(files or {})
        self._timezone = timezone

    def load(self, *, known_jobs: frozenset[JobId] = frozenset()) -> Loaded:  # noqa: ARG002 - see the class
        """Read the texts as they are now; their indentation may be the test's."""
        parsed = [
            parse_job(file, textwrap.dedent(text).encode(), timezone=self._timezone)
            for file, text in sorted(self.files.items())
        ]
        good = [each.definition for each in parsed if each.definition is not None]
        broken = [each for each in parsed if each.definition is None]
        return Loaded(
            definitions=tuple(sorted(good, key=lambda each: each.job.id)),
            diagnostics=tuple(one for each in parsed for one in each.diagnostics),
            files={},
            broken={each.file: each.named.job if each.named else None for each in broken},
        )
