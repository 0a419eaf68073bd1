"""`${VAR}` in job files, and env files: text that becomes part of a task's environment."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from petit.core.errors import PetitError

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_REFERENCE = re.compile(rf"\$\$\{{|\$\{{(?:({_NAME})\}})?")
_EXPRESSION = re.compile(r"\$\$\{|\$\{\{")
_LITERAL = "$${"


class MissingVariable(PetitError):
    """A variable that a text names is not set. `name` is that variable's."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the variable {name} is not set in the scheduler's environment", name=name)
        self.name = name


class BadReference(PetitError, ValueError):
    """A text holds a `${` that begins no reference; `problem` says where."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message, position=problem.position)
        self.problem = problem


class Problem(msgspec.Struct, frozen=True):
    """What is wrong with a text, and where: a count of characters from its start."""

    message: str
    position: int


def resolve(text: str, environ: Mapping[str, str]) -> str:
    """Put the values of variables in the place of `${VAR}`; `$${` becomes `${` (decision 19).

    Values are taken as they are and not looked through again. A `$` without a brace is no reference.

    Raises:
        MissingVariable: One is not set.
        BadReference: A `${` begins no reference.
    """
    if "${" not in text:
        return text

    def value(found: re.Match[str]) -> str:
        if found[0] == _LITERAL:
            return "${"
        name = found[1]
        if name is None:
            raise BadReference(_malformed(text, found.start()))
        if name not in environ:
            raise MissingVariable(name)
        return environ[name]

    return _REFERENCE.sub(value, text)


def check(text: str) -> Problem | None:
    """Return the first malformed `${` of a text that `resolve` is to read, or None."""
    for found in _REFERENCE.finditer(text):
        if found[0] == "${":
            return _malformed(text, found.start())
    return None


def find_expression(text: str) -> int | None:
    """Return where the first `${{` stands, in characters from the start, or None; `$${{` is literal."""
    for found in _EXPRESSION.finditer(text):
        if found[0] != _LITERAL:
            return found.start()
    return None


def _malformed(text: str, position: int) -> Problem:
    end = text.find("}", position)
    what = "'${' has no closing brace" if end < 0 else f"'{text[position : end + 1]}' names no variable"
    return Problem(f"{what}; write ${{NAME}}, or $${{ for a literal ${{", position)


class BadEnvFile(PetitError, ValueError):
    """A line of an env file is no assignment. `line` counts from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}", line=line)
        self.line = line


_ASSIGNMENT = re.compile(rf"(?:export[ \t]+)?({_NAME})[ \t]*=[ \t]*(.*)", re.DOTALL)
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"[ \t]*(?:#.*)?')
_SINGLE = re.compile(r"'([^']*)'[ \t]*(?:#.*)?")
_ESCAPE = re.compile(r"\\(.)")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_COMMENT = re.compile(r"(?:^|[ \t])#.*")


def parse_env_file(text: str) -> dict[str, str]:
    r"""Read `KEY=VALUE` lines, as shells and other tools write them.

    Blank lines and those that begin with `#` are left out, and so is an `export` before the name. A value in
    single quotes is taken as it is; in double quotes `\n`, `\t`, `\r` are control characters and a backslash
    before any other character stands for that; without quotes it ends before blanks or ` #`. Nothing is
    substituted. The last assignment of a name counts.

    Raises:
        BadEnvFile: With the number of the first line that is wrong.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        content = line.strip()
        if not content or content.startswith("#"):
            continue
        assignment = _ASSIGNMENT.fullmatch(content)
        if assignment is None:
            raise BadEnvFile(number, "expected NAME=value")
        if "\0" in content:
            raise BadEnvFile(number, "a NUL character cannot be in an environment")
        found[assignment[1]] = _value(assignment[2], number)
    return found


def _value(written: str, line: int) -> str:
    if not written.startswith(("'", '"')):
        return _COMMENT.sub("", written).rstrip()
    quoted = (_SINGLE if written[0] == "'" else _DOUBLE).fullmatch(written)
    if quoted is None:
        raise BadEnvFile(line, f"expected a closing {written[0]} at its end")
    if written[0] == "'":
        return quoted[1]
    return _ESCAPE.sub(lambda escape: _ESCAPES.get(escape[1], escape[1]), quoted[1])
