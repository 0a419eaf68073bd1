from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from petit.cli.failures import exit_code_for
from petit.cli.options import Flags, command
from petit.cli.program import COMMANDS, run
from petit.core.errors import DatabaseRefused, PetitError, ReloadRefused, SettingsError
from petit.version import VERSION


def test_the_version_is_that_of_the_project_file() -> None:
    project = Path(__file__).parents[3] / "pyproject.toml"
    assert tomllib.loads(project.read_text())["project"]["version"] == VERSION


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["petit", "--version"]) == 0
    assert capsys.readouterr().out == f"petit {VERSION}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["/usr/bin/pt", name, "--help"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"Usage: pt {name} ")
    assert all(option in out for option in ("--db", "--config", "--state-dir", "--max-jobs", "--log-format"))


def test_help_lists_all_commands_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["petit", "--help"]) == 0
    listed = capsys.readouterr().out.partition("Commands:")[2].split()
    assert [word for word in listed if word in COMMANDS] == list(COMMANDS)


USAGE = {
    "nothing at all shows the help": ([], 2, "Usage: petit"),
    "a misspelt command names the nearest": (
        ["vaildate", "x"],
        2,
        "no command 'vaildate'; did you mean 'validate'?",
    ),
    "a strange command gets them all": (
        ["xyz"],
        2,
        "there are run, validate, list, trigger, rerun, token, db, schema",
    ),
    "a misspelt option names the nearest": (["run", "x", "--api-prot", "1"], 2, "--api-port"),
    "a missing argument is named": (["validate"], 2, "Missing argument 'DIR'"),
    "an option without its value": (["list", "--db"], 2, "'--db' requires an argument"),
    "a directory that is not there": (["list", "/no/such/dir"], 2, "no such directory: '/no/such/dir'"),
    "a file where a directory belongs": (["list", __file__], 2, "is no directory"),
    "a wrong setting names its flag": (["-j", "many", "list", "."], 2, "--max-jobs: 'many' is not allowed"),
    "a wrong drain": (["run", ".", "--drain", "soon"], 2, "--drain: 'soon' is not a duration"),
    "a settings file that is not there": (["-c", "/none.toml", "list", "."], 2, "/none.toml: cannot be read"),
}


@pytest.mark.parametrize(("argv", "code", "text"), USAGE.values(), ids=USAGE.keys())
def test_usage(argv: list[str], code: int, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["petit", *argv]) == code
    error = capsys.readouterr().err
    assert text in error
    assert "Traceback" not in error


PLACES = {
    "before the command": (("--db", "a.db", "list"), {"db": "a.db"}),
    "after the command": (("list", "--db", "a.db"), {"db": "a.db"}),
    "the one after it wins": (("--db", "a.db", "list", "--db", "b.db"), {"db": "b.db"}),
    "some here, some there": (("-j", "2", "list", "-t", "3"), {"max_jobs": "2", "max_tasks": "3"}),
    "none": (("list",), {}),
}


@pytest.mark.parametrize(("argv", "expected"), PLACES.values(), ids=PLACES.keys())
def test_options_stand_in_either_place(
    argv: tuple[str, ...], expected: Flags, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Flags] = []

    @command("list")
    def show(flags: Flags) -> int:
        seen.append(flags)
        return 0

    monkeypatch.setattr("petit.cli.list_jobs.command_", show)
    assert run(["petit", *argv]) == 0
    assert seen == [expected]


ERRORS: dict[str, tuple[BaseException, int, str]] = {
    "job files": (ReloadRefused("no job files"), 1, "petit: error: no job files\n"),
    "settings": (SettingsError("bad key"), 2, "petit: error: bad key\n"),
    "the database": (DatabaseRefused("newer"), 2, "petit: error: newer\n"),
    "a refusal": (PetitError("not now"), 1, "petit: error: not now\n"),
    "a full disk": (OSError(28, "No space left on device"), 2, "petit: error: No space left on device\n"),
    "a file": (PermissionError(13, "Permission denied", "/x"), 2, "petit: error: Permission denied: '/x'\n"),
    "escapes in a message": (PetitError("\x1b[2J"), 1, "petit: error: \\x1b[2J\n"),
    "a mistake of our own": (
        KeyError("x"), 2, "petit: error: internal error: KeyError: 'x' (--log-level debug shows where)\n",
    ),
    "Ctrl+C": (KeyboardInterrupt(), 130, ""),
}  # fmt: skip


@pytest.mark.parametrize(("error", "code", "text"), ERRORS.values(), ids=ERRORS.keys())
def test_errors(error: BaseException, code: int, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_for(error, program="petit") == code
    assert capsys.readouterr().err == text
