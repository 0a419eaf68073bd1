"""How a problem looks on a screen and to programs."""

from __future__ import annotations

import json

import pytest

from petit.config.diagnostics import Diagnostic, as_github, as_json, as_text, errors_of, nearest, quoted

PLAIN = Diagnostic(
    "below/a.yaml", 12, 3, "unknown key `timout` of a job", "did you mean `timeout`?", "  timout: 5", 6
)


def test_the_text_is_underlined() -> None:
    assert PLAIN.render() == (
        "below/a.yaml:12:3: unknown key `timout` of a job (did you mean `timeout`?)\n"
        "12 |   timout: 5\n"
        "   |   ^^^^^^"
    )


@pytest.mark.parametrize(
    ("line", "column", "length", "shown"),
    [
        pytest.param("\tname: x", 2, 4, "1 | \tname: x\n  | \t^^^^", id="a tab stays a tab"),
        pytest.param("名前: x", 5, 1, "1 | 名前: x\n  |       ^", id="wide characters take two columns"),
        pytest.param("a: 名前", 4, 2, "1 | a: 名前\n  |    ^^^^", id="wide characters are underlined twice"),
        pytest.param("e\u0301: x", 5, 1, "1 | e\u0301: x\n  |    ^", id="a combining accent takes none"),
        pytest.param("ab", 9, 5, "1 | ab\n  |   ^", id="past the end"),
        pytest.param(
            "a\x1b[31mb", 1, 1, "1 | a\ufffd[31mb\n  | ^", id="what steers a terminal is not printed"
        ),
    ],
)
def test_the_caret_stands_below_its_character(line: str, column: int, length: int, shown: str) -> None:
    diagnostic = Diagnostic("f", 1, column, "m", None, line, length)
    assert diagnostic.render() == f"f:1:{column}: m\n{shown}"


def test_a_long_line_is_cut_around_the_problem() -> None:
    shown = Diagnostic("f", 1, 501, "m", None, "x" * 500 + "!" + "y" * 500, 1).render().splitlines()
    assert len(shown[1]) == len("1 | ") + 160
    assert shown[1][shown[2].index("^")] == "!"


def test_without_a_line_there_is_only_the_headline() -> None:
    assert Diagnostic("f", 1, 1, "m").render() == "f:1:1: m"


def test_a_warning_says_so() -> None:
    warning = Diagnostic("f", 1, 1, "m", severity="warning")
    assert warning.headline() == "f:1:1: warning: m"
    assert errors_of([PLAIN, warning]) == [PLAIN]


def test_several_are_set_apart() -> None:
    assert as_text([Diagnostic("f", 1, 1, "m"), Diagnostic("g", 2, 2, "n")]) == "f:1:1: m\n\ng:2:2: n"
    assert as_text([]) == ""


def test_programs_get_the_members() -> None:
    (found,) = json.loads(as_json([PLAIN]))
    assert found == {
        "file": "below/a.yaml", "line": 12, "column": 3, "message": "unknown key `timout` of a job",
        "hint": "did you mean `timeout`?", "source_line": "  timout: 5", "length": 6, "severity": "error",
    }  # fmt: skip


def test_github_shows_them_beside_the_change() -> None:
    assert as_github([PLAIN], directory="jobs/") == (
        "::error file=jobs/below/a.yaml,line=12,col=3::"
        "unknown key `timout` of a job (did you mean `timeout`?)"
    )
    odd = Diagnostic("a,b:c%.yaml", 1, 1, "50 %\nmore", severity="warning")
    assert as_github([odd]) == "::warning file=a%2Cb%3Ac%25.yaml,line=1,col=1::50 %25%0Amore"


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        pytest.param("timout", "timeout", id="a letter left out"),
        pytest.param("comand", "command", id="a letter not doubled"),
        pytest.param("zzz", None, id="nothing is near"),
    ],
)
def test_nearest(word: str, expected: str | None) -> None:
    assert nearest(word, ["timeout", "command", "id"]) == expected


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("abc", "'abc'", id="plain"),
        pytest.param("a\x1b\n", r"'a\x1b\n'", id="control characters are escaped"),
        pytest.param("x" * 100, f"'{'x' * 57}...'", id="long text is cut"),
        pytest.param("\ud800", r"'\ud800'", id="half a character"),
    ],
)
def test_text_of_a_file_is_quoted(text: str, shown: str) -> None:
    assert quoted(text) == shown
