from __future__ import annotations

import pytest

from petit.core.variables import (
    BadEnvFile,
    BadReference,
    MissingVariable,
    Problem,
    check,
    find_expression,
    parse_env_file,
    resolve,
)

ENVIRON = {"HOME": "/home/ann", "EMPTY": "", "_a1": "x", "NESTED": "${HOME}", "DOLLARS": "$${HOME}"}
HOW = "write ${NAME}, or $${ for a literal ${"


@pytest.mark.parametrize(
    ("text", "resolved"),
    [
        pytest.param("", "", id="nothing stays nothing"),
        pytest.param(
            "plain $HOME $ {HOME}", "plain $HOME $ {HOME}", id="without braces nothing is a reference"
        ),
        pytest.param("${HOME}", "/home/ann", id="a reference becomes its value"),
        pytest.param("<${HOME}/${_a1}>", "</home/ann/x>", id="several amid text"),
        pytest.param("[${EMPTY}]", "[]", id="set and empty is set"),
        pytest.param("$${HOME}", "${HOME}", id="a doubled dollar is literal"),
        pytest.param("$$${HOME}", "$${HOME}", id="of three dollars the last two are the literal"),
        pytest.param("$$", "$$", id="dollars without a brace stay as they are"),
        pytest.param("$${{ x }}", "${{ x }}", id="an expression can be written literally"),
        pytest.param("$${", "${", id="a literal needs no end"),
        pytest.param("${NESTED}${DOLLARS}", "${HOME}$${HOME}", id="values are not looked through again"),
        pytest.param("\u00e4${_a1}\n\u4e16", "\u00e4x\n\u4e16", id="other text of any kind is kept"),
    ],
)
def test_resolve(text: str, resolved: str) -> None:
    assert resolve(text, ENVIRON) == resolved
    assert check(text) is None


def test_a_variable_that_is_not_set_is_named() -> None:
    with pytest.raises(MissingVariable, match="variable NOPE is not set") as missing:
        resolve("${HOME} ${NOPE}", ENVIRON)
    assert (missing.value.name, missing.value.evidence) == ("NOPE", {"name": "NOPE"})


@pytest.mark.parametrize(
    ("text", "message", "position"),
    [
        pytest.param("a ${HOME", "'${' has no closing brace", 2, id="an unclosed reference"),
        pytest.param("${}", "'${}' names no variable", 0, id="an empty name"),
        pytest.param("${1x}", "'${1x}' names no variable", 0, id="a name that begins with a digit"),
        pytest.param("${a-b}", "'${a-b}' names no variable", 0, id="a shell's default is no name"),
        pytest.param("${HOME} ${ x }", "'${ x }' names no variable", 8, id="the first bad one is shown"),
        pytest.param("$${a} ${\u00e4}", "'${\u00e4}' names no variable", 6, id="names are of plain letters"),
        pytest.param("${{ x }}", "'${{ x }' names no variable", 0, id="an expression is no reference"),
    ],
)
def test_a_malformed_reference_is_refused_with_its_position(text: str, message: str, position: int) -> None:
    problem = Problem(f"{message}; {HOW}", position)
    assert check(text) == problem
    with pytest.raises(BadReference) as bad:
        resolve(text, ENVIRON)
    assert bad.value.problem == problem


@pytest.mark.parametrize(
    ("text", "position"),
    [
        pytest.param("", None, id="nothing"),
        pytest.param("${HOME} $${HOME} {{ x }}", None, id="references and braces are none"),
        pytest.param("${{ params.day }}", 0, id="at the start"),
        pytest.param("a $${{ x }} ${{ y }}", 12, id="a literal one is passed over"),
        pytest.param("$$${{", None, id="of three dollars the last two are the literal"),
    ],
)
def test_find_expression(text: str, position: int | None) -> None:
    assert find_expression(text) == position


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("", {}, id="an empty file has none"),
        pytest.param("\n  \n# A=1\n  # B=2\n", {}, id="blank lines and comments are left out"),
        pytest.param(
            "A=1\nB_2 = two words \n", {"A": "1", "B_2": "two words"}, id="blanks around are no part"
        ),
        pytest.param("export A=1\nexport\tB=2\n", {"A": "1", "B": "2"}, id="export is left out"),
        pytest.param("A=\nB=''\nC=\"\"", {"A": "", "B": "", "C": ""}, id="a value may be empty"),
        pytest.param("A=1\nA=2", {"A": "2"}, id="the last assignment counts"),
        pytest.param("A=1\r\nB=2\r\n", {"A": "1", "B": "2"}, id="line ends of Windows"),
        pytest.param("\ufeffA=1", {"A": "1"}, id="a byte order mark is no part of a name"),
        pytest.param("A=b=c?d&e", {"A": "b=c?d&e"}, id="only the first = divides"),
        pytest.param("A=x # y\nB=x#y\nC=#z", {"A": "x", "B": "x#y", "C": ""}, id="a comment follows a blank"),
        pytest.param("A='x # \"y\" \\n' # z", {"A": 'x # "y" \\n'}, id="single quotes keep all as it is"),
        pytest.param(
            r'A="x # \"y\" \\ \$ \n\t\r"', {"A": 'x # "y" \\ $ \n\t\r'}, id="double quotes know escapes"
        ),
        pytest.param('A="x"#y', {"A": "x"}, id="a comment may follow a quote"),
        pytest.param("A=$HOME ${HOME}", {"A": "$HOME ${HOME}"}, id="nothing is substituted"),
        pytest.param("A=it's", {"A": "it's"}, id="a quote inside is a character"),
        pytest.param("\u00c4=1", None, id="names are of plain letters"),
    ],
)
def test_parse_env_file(text: str, found: dict[str, str] | None) -> None:
    if found is None:
        with pytest.raises(BadEnvFile):
            parse_env_file(text)
    else:
        assert parse_env_file(text) == found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("A=1\nrubbish", "line 2: expected NAME=value", id="no assignment"),
        pytest.param("# x\n\n1A=2", "line 3: expected NAME=value", id="no name"),
        pytest.param("=x", "line 1: expected NAME=value", id="an empty name"),
        pytest.param("export A", "line 1: expected NAME=value", id="an export without a value"),
        pytest.param("A='x", "line 1: expected a closing ' at its end", id="an open single quote"),
        pytest.param(
            'A="x\nB=1"', 'line 1: expected a closing " at its end', id="a quote over several lines"
        ),
        pytest.param('A="x" y', 'line 1: expected a closing " at its end', id="text after a quote"),
        pytest.param('A="x\\"', 'line 1: expected a closing " at its end', id="a quote that is escaped"),
        pytest.param("A=x\0y", "line 1: a NUL character cannot be in an environment", id="a NUL"),
    ],
)
def test_a_bad_line_of_an_env_file_is_named(text: str, message: str) -> None:
    with pytest.raises(BadEnvFile) as bad:
        parse_env_file(text)
    assert (str(bad.value), bad.value.evidence["line"]) == (message, bad.value.line)
