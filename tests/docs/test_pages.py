"""The documentation says what is so: every page is followed as a reader would."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from tests.docs.pages import ROOT, Block, blocks, blocks_of, name_of, pages, prose
from tests.docs.session import Session

from petit.api.routes import ROUTES
from petit.cli.program import program
from petit.config.loader import Loaded, load_directory
from petit.config.settings import load_settings
from petit.config.settings_table import SETTINGS

_ROUTE = re.compile(r"\b(GET|POST|PUT|DELETE|PATCH) (/[\w/{}<>.-]*)")
_PETIT = re.compile(
    r"^(?:sudo (?:-u \w+ )?|ExecStart=)?(?:/[\w/.]+/|\.venv/bin/)?(?:petit|pt)((?: [^\s|;&#>]+)+)",
    re.MULTILINE,
)
_LINK = re.compile(r"\]\(([^)#:]+)(?:#[\w-]+)?\)")
_VARIABLE = re.compile(r"\bPETIT_[A-Z_]+\b")
_KNOWN_VARIABLES = {
    *(setting.variable for setting in SETTINGS),
    *(f"PETIT_{name}" for name in ("JOB_ID", "RUN_ID", "TASK_ID", "ATTEMPT", "SCHEDULED_FOR", "CONFIG_")),
    *(f"PETIT_{name}" for name in ("FAULTS", "TEST_ALL")),
}
_INFOS = {
    "console",
    "sh",
    "yaml",
    "yaml task",
    "yaml job",
    "yaml broken",
    "yaml prometheus",
    "toml",
    "json",
    "text",
    "python",
    "ini",
}


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    made = Session(tmp_path)
    try:
        yield made
    finally:
        made.end()


def _typed() -> list[Path]:
    return [page for page in pages() if any(block.info == "console" for block in blocks(page))]


@pytest.mark.parametrize("page", _typed(), ids=name_of)
def test_what_is_typed_prints_what_is_said(session: Session, page: Path) -> None:
    for block in blocks(page):
        session.follow(block)


@pytest.mark.parametrize("block", blocks_of("yaml", "yaml task", "yaml job"), ids=lambda block: block.where)
def test_every_job_file_loads(tmp_path: Path, block: Block) -> None:
    problems = _load(tmp_path, _whole(block)).diagnostics
    assert [each.message for each in problems if each.severity == "error"] == []


@pytest.mark.parametrize("block", blocks_of("yaml broken"), ids=lambda block: block.where)
def test_what_is_called_broken_is_refused(tmp_path: Path, block: Block) -> None:
    assert _load(tmp_path, block.text).diagnostics


@pytest.mark.parametrize("block", blocks_of("toml"), ids=lambda block: block.where)
def test_every_settings_file_is_understood(tmp_path: Path, block: Block) -> None:
    file = tmp_path / "config.toml"
    file.write_text(block.text)
    assert tomllib.loads(block.text)
    load_settings({"config": str(file)}, {}, cwd=tmp_path)


@pytest.mark.parametrize("block", blocks_of("sh", "ini"), ids=lambda block: block.where)
def test_every_petit_command_exists(block: Block) -> None:
    for words in _PETIT.findall(block.text):
        _parse(words.split())


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_every_route_exists(page: Path) -> None:
    served = {(route.method, re.sub(r"\{\w+\}", "{}", route.path)) for route in ROUTES}
    named = {
        (method, re.sub(r"\{\w+\}|<[\w-]+>", "{}", path.rstrip(".")))
        for method, path in _ROUTE.findall(page.read_text())
    }
    assert named - served == set()


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    targets = [target for target in _LINK.findall(prose(page)) if not target.startswith("http")]
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_every_variable_exists(page: Path) -> None:
    named = set(_VARIABLE.findall(page.read_text()))
    unknown = {name for name in named - _KNOWN_VARIABLES if not name.startswith("PETIT_CONFIG_")}
    assert unknown == set()


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_every_block_says_what_it_is(page: Path) -> None:
    assert {block.info for block in blocks(page)} <= {*_INFOS, "scheduler"}
    assert page.read_text().count("```") == 2 * sum(block.info != "scheduler" for block in blocks(page))


def test_every_page_can_be_reached() -> None:
    index = {ROOT / "README.md", ROOT / "docs" / "README.md", ROOT / "docs" / "adr" / "README.md"}
    linked = {
        (page.parent / target).resolve() for page in index for target in _LINK.findall(page.read_text())
    }
    assert {page for page in pages() if page not in linked} - index == set()


def _whole(block: Block) -> str:
    """Make a job file of a part of one."""
    if block.info == "yaml task":
        head = "" if block.text.startswith("id:") else "id: example\n"
        lines = (head + block.text).splitlines()
        return "id: example\ntasks:\n  - " + "\n    ".join(lines) + "\n"
    if block.info == "yaml job":
        head = "" if re.search(r"^id:", block.text, re.MULTILINE) else "id: example\n"
        tail = "" if re.search(r"^tasks:", block.text, re.MULTILINE) else "tasks: [{id: a, command: x}]\n"
        return f"{head}{block.text}{tail}"
    return block.text


def _load(directory: Path, text: str) -> Loaded:
    (directory / "example.yaml").write_text(text)
    return load_directory(directory, known_jobs=frozenset({"extract", "other", "import", "prices"}))


def _parse(words: list[str]) -> None:
    """Read a command line as the program does, without doing anything."""
    group = program()
    with group.make_context("petit", words) as context:
        rest = [*context._protected_args, *context.args]
        if rest:
            name, command, args = group.resolve_command(context, rest)
            assert command is not None
            inner = command.make_context(name, args, parent=context)
            if isinstance(command, click.Group):
                name, command, args = command.resolve_command(inner, [*inner._protected_args, *inner.args])
                assert command is not None
                command.make_context(name, args, parent=inner)
