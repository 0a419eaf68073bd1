"""What is wrong with a job file: where, what, and what was probably meant."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

Severity = Literal["error", "warning"]

_LONGEST_WORD = 64
_LETTERS_AMISS = 8
_MOST_COMPARED = 100

SHOWN_COLUMNS = 160
"""Longest piece of a source line that is shown under a diagnostic, in characters."""


class Diagnostic(msgspec.Struct, frozen=True):
    """One problem of one file.

    Attributes:
        file: Path relative to the jobs directory.
        line: From 1.
        column: From 1, in characters.
        message: What is wrong, in one line.
        hint: What was probably meant or what to do, or None.
        source_line: The text of the line without its end, or None where there is none to show.
        length: Characters of the offending text on that line, at least 1.
        severity: An error takes its file out of service; a warning does not.
    """

    file: str
    line: int
    column: int
    message: str
    hint: str | None = None
    source_line: str | None = None
    length: int = 1
    severity: Severity = "error"

    def headline(self) -> str:
        """Return `file:line:col: message (hint)` in one line."""
        label = "warning: " if self.severity == "warning" else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{printable(self.file)}:{self.line}:{self.column}: {label}{printable(self.message + hint)}"

    def render(self) -> str:
        """Return the headline and below it the offending line, underlined with carets."""
        if self.source_line is None:
            return self.headline()
        text, before = _window(self.source_line, self.column - 1)
        length = max(1, min(self.length, len(text) - before))
        # A tab stays a tab in the padding: the caret stands below its character whatever the tab width.
        padding = "".join("\t" if each == "\t" else " " * _width(each) for each in text[:before])
        carets = "^" * max(1, sum(_width(each) for each in text[before : before + length]))
        gutter = f"{self.line} | "
        blank = " " * (len(gutter) - 2) + "| "
        return f"{self.headline()}\n{gutter}{_printable_line(text)}\n{blank}{padding}{carets}"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the one of `known` that `word` was probably meant to be, or None.

    Comparing costs some 10 us for each; of thousands only those that begin like the word are compared.
    """
    if len(word) > _LONGEST_WORD:
        return None
    candidates = [each for each in known if abs(len(each) - len(word)) <= _LETTERS_AMISS]
    if len(candidates) > _MOST_COMPARED:
        candidates = [each for each in candidates if each[:2] == word[:2]][:_MOST_COMPARED]
    found = difflib.get_close_matches(word, candidates, n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Return the hint that names the nearest of `known`, or None when nothing is near."""
    near = nearest(word, known)
    return None if near is None else f"did you mean `{near}`?"


def quoted(text: str, *, limit: int = 60) -> str:
    """Return text from a file as a message shows it: in quotes, shortened, without control characters."""
    short = text if len(text) <= limit else text[: limit - 3] + "..."
    return f"'{printable(short)}'"


def printable(text: str) -> str:
    """Return `text` with everything that could steer a terminal or break a line written as an escape."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else _escape(each) for each in text)


def errors_of(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return those that are errors."""
    return [each for each in diagnostics if each.severity == "error"]


def as_text(diagnostics: Sequence[Diagnostic]) -> str:
    """Return all diagnostics for people, a blank line between them."""
    return "\n\n".join(each.render() for each in diagnostics)


def as_json(diagnostics: Sequence[Diagnostic]) -> str:
    """Return a JSON array of objects with the members of `Diagnostic`."""
    return msgspec.json.format(msgspec.json.encode(list(diagnostics)), indent=2).decode()


def as_github(diagnostics: Sequence[Diagnostic], *, directory: str = "") -> str:
    """Return workflow commands that GitHub shows beside the lines of a change.

    Args:
        diagnostics: What to write, one line each.
        directory: The jobs directory as seen from the root of the repository; goes before each file.
    """
    prefix = directory.rstrip("/") + "/" if directory and directory != "." else ""
    return "\n".join(_github_line(each, prefix) for each in diagnostics)


def _github_line(each: Diagnostic, prefix: str) -> str:
    text = each.message + (f" ({each.hint})" if each.hint else "")
    where = f"file={_github_property(prefix + each.file)},line={each.line},col={each.column}"
    return f"::{each.severity} {where}::{_github_escape(text)}"


def _github_escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _github_property(text: str) -> str:
    return _github_escape(text).replace(":", "%3A").replace(",", "%2C")


def _window(line: str, column: int) -> tuple[str, int]:
    """Cut a long line around `column` (from 0); return the piece and where the column is in it."""
    column = min(max(column, 0), len(line))
    if len(line) <= SHOWN_COLUMNS:
        return line, column
    start = max(0, min(column - SHOWN_COLUMNS // 3, len(line) - SHOWN_COLUMNS))
    return line[start : start + SHOWN_COLUMNS], column - start


def _printable_line(text: str) -> str:
    return "".join(
        each if each.isprintable() or each == "\t" else "\N{REPLACEMENT CHARACTER}" for each in text
    )


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _escape(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
