"""The pages of the documentation, taken apart: blocks, links, routes.

A block of `console` is typed as it stands: lines that begin with `$` are commands, the others what they
print, where `...` stands for anything. `sh` is not run, but its `petit` commands must exist. `yaml` is a job
file, `yaml task` keys of a task, `yaml job` keys of a job, `yaml broken` a file that must be refused, `yaml
prometheus` a file for Prometheus; `toml` is settings.

Two comments speak to the tests: `<!-- file: PATH -->` before a block writes it there, and
`<!-- scheduler: COMMAND -->` starts a scheduler of which the page does not speak.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]

_BLOCK = re.compile(
    r"^(?:<!-- scheduler: (?P<scheduler>.*?) -->$|"
    r"(?:<!-- file: (?P<file>\S+) -->\n)?^(?P<indent> *)```(?P<info>[^\n`]+)\n(?P<text>.*?)^(?P=indent)```$)",
    re.MULTILINE | re.DOTALL,
)


class Block(NamedTuple):
    """A fenced block. `file` is where the reader is told to put it."""

    page: Path
    line: int
    info: str
    text: str
    file: str | None

    @property
    def where(self) -> str:
        """Its place, as editors understand it."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def pages() -> list[Path]:
    """Return all pages, those of the root first."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(page: Path) -> Iterator[Block]:
    """Yield the blocks of a page in order; a scheduler that is to be started counts as one."""
    text = page.read_text()
    for found in _BLOCK.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        if found["scheduler"]:
            yield Block(page, line, "scheduler", found["scheduler"], None)
        else:
            inner = re.sub(f"^{found['indent']}", "", found["text"], flags=re.MULTILINE)
            yield Block(page, line, found["info"], inner, found["file"])


def blocks_of(*infos: str) -> list[Block]:
    """Return the blocks of all pages with one of these words behind the fence."""
    return [block for page in pages() for block in blocks(page) if block.info in infos]


def prose(page: Path) -> str:
    """Return a page without its blocks."""
    return _BLOCK.sub("", page.read_text())


def name_of(page: Path) -> str:
    """Return the name of a page as a test's id."""
    return str(page.relative_to(ROOT))
