"""What holds for all files of the repository."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLACES = ("src", "tests", "benchmarks", "docs", "examples", "deploy", "changelog.d", ".ci", "ui")
BUILT = {"node_modules", "__pycache__"}
BUILT_UI = ROOT / "src/petit/api/ui"
LONGEST = 400

# Put together here so that this file does not hold them itself.
_REGISTRIES = (
    "py" + "pi.org",
    "python" + "hosted",
    "registry." + "npmjs",
    "deb." + "debian.org",
    "crates" + ".io",
)
_PRIVATE = re.compile(r"(?<![\w.}/-])/(?:work|root/\.|tmp/brief)\b")
_HOST = re.compile(r"https?://(?!localhost|127\.0\.0\.1|\[::1\])\S+")
_NAMES = {"utils", "helpers", "manager", "common"}


def texts() -> Iterator[tuple[Path, str]]:
    """Yield every text file of the repository, as a path relative to it and its text."""
    # In a working tree of `git worktree`, .git is a file that says where the repository is.
    files = [path for path in ROOT.iterdir() if path.is_file() and path.name != ".git"]
    for place in PLACES:
        for folder, folders, names in os.walk(ROOT / place):
            folders[:] = [name for name in folders if name not in BUILT and Path(folder, name) != BUILT_UI]
            files.extend(Path(folder, name) for name in names)
    for path in sorted(files):
        if path.suffix in {".pyc", ".png", ".db"}:
            continue
        yield path.relative_to(ROOT), path.read_text(encoding="utf-8", errors="replace")


def modules(*places: str) -> Iterator[tuple[Path, str]]:
    """Yield the Python files of these places."""
    for path, text in texts():
        if path.suffix == ".py" and path.parts[0] in places:
            yield path, text


def test_no_module_is_longer_than_a_reader_can_hold() -> None:
    lengths = {str(path): text.count("\n") for path, text in modules("src", "tests", "benchmarks")}
    assert {path: length for path, length in lengths.items() if length > LONGEST} == {}


def test_the_init_of_a_sub_package_holds_a_docstring_only() -> None:
    wrong = []
    for path, text in modules("src"):
        if path.name == "__init__.py" and path.parent != Path("src/petit"):
            body = ast.parse(text).body
            if len(body) != 1 or ast.get_docstring(ast.parse(text)) is None:
                wrong.append(str(path))
    assert wrong == []


def test_nobody_inside_imports_the_public_root() -> None:
    wrong = [
        str(path) for path, text in modules("src") if re.search(r"^from petit import ", text, re.MULTILINE)
    ]
    assert wrong == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [str(path) for path, _ in modules("src", "tests") if path.stem in _NAMES] == []


def test_every_exception_to_a_lint_rule_gives_its_reason() -> None:
    """In a row of lines with the same exception, the first gives it for all."""
    exception = re.compile(r"#\s*(noqa|type: ignore)\b(.*)")
    reason = re.compile(r": [A-Z0-9, ]+ - \w|\[[\w, -]+\]\s+# \w")
    wrong = []
    for path, text in modules("src"):
        earlier = ""
        for number, line in enumerate(text.splitlines(), 1):
            found = exception.search(line)
            if found and not reason.match(found[2]) and not (earlier and earlier.startswith(found[2])):
                wrong.append(f"{path}:{number}")
            earlier = found[2] if found and reason.match(found[2]) else earlier if found else ""
    assert wrong == []


def test_nothing_is_left_for_later() -> None:
    later = re.compile("#.*(?:" + "TO" + "DO|FIX" + "ME|X" + "XX" + r")\b")
    assert list(_lines(later, "src", "tests", "benchmarks")) == []


@pytest.mark.parametrize("word", _REGISTRIES)
def test_no_package_registry_is_named(word: str) -> None:
    assert [str(path) for path, text in texts() if word in text] == []


def test_no_private_path_is_named() -> None:
    assert [str(path) for path, text in texts() if _PRIVATE.search(text)] == []


def test_the_examples_name_no_outside_host() -> None:
    assert [str(path) for path, text in texts() if path.parts[0] == "examples" and _HOST.search(text)] == []


def _lines(pattern: re.Pattern[str], *places: str) -> Iterator[str]:
    for path, text in modules(*places):
        for number, line in enumerate(text.splitlines(), 1):
            if pattern.search(line):
                yield f"{path}:{number}: {line.strip()}"
