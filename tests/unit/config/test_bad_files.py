"""Each way in which one file can be wrong, with the place and the sentence that a user gets."""

from __future__ import annotations

import pytest
from tests.unit.config.corpus import MINIMAL

from petit.config.jobs import parse_job

M = MINIMAL  # four lines; what is appended begins in line 5
Case = tuple[str, str, list[tuple[int, int, str]]]

SYNTAX: list[Case] = [
    ("an empty file", "", [(1, 1, "the file is empty")]),
    ("only comments", "# nothing\n", [(1, 1, "the file is empty")]),
    ("a list", "- a\n", [(1, 1, "a job file is a mapping, not a list")]),
    ("plain text", "hello\n", [(1, 1, "a job file is a mapping, not text")]),
    ("two documents", M + "---\nid: k\n", [(5, 1, "a second document begins here; a file holds one job")]),
    ("a tab", M + "\tname: x\n", [(5, 1, "a tab cannot indent")]),
    ("a colon in plain text", M + "name: a: b\n", [(5, 8, "a `:` cannot stand here")]),
    (
        "an unquoted @every",
        M + "schedule: @every 1m\n",
        [(5, 11, "text cannot begin with '@' unless it is quoted")],
    ),
    (
        "an unquoted cron star",
        M + "schedule: * * * * *\n",
        [(5, 11, "text cannot begin with '*' unless it is quoted")],
    ),
    ("an open quote", M + "name: 'x\n\n", [(5, 7, "a quote is not closed")]),
    ("an open bracket", M + "tags: [x\n\n", [(5, 7, "a `,` or the closing `]` is missing")]),
    ("an unknown alias", M + "name: *x\n", [(5, 7, "no anchor of this name comes before this alias")]),
    (
        "wrong indentation",
        "id: j\ntasks:\n  - id: a\n   command: x\n",
        [(4, 4, "a list item is expected here")],
    ),
    ("a merge key", M + "    <<: {name: b}\n", [(5, 5, "merge keys (`<<`) are not part of YAML 1.2")]),
    ("a tag", M + "name: !!str x\n", [(5, 7, "tags such as 'tag:yaml.org,2002:str' are not allowed")]),
    ("a key that is a list", M + "? [a]\n: b\n", [(5, 3, "a key must be text, not a list")]),
    ("a key that is null", M + "~: b\n", [(5, 1, "a key must be text, not nothing")]),
    ("a NUL", M + "name: a\0b\n", [(5, 8, "the control character U+0000 cannot stand in a job file")]),
    (
        "an escape character",
        M + "name: \x1b[31m\n",
        [(5, 7, "the control character U+001B cannot stand in a job file")],
    ),
    ("a value that contains itself", "a: &a [*a]\n", [(1, 4, "this value contains itself through an alias")]),
    (
        "a key given twice",
        "id: j\nid: k\ntasks: [{id: a, command: b}]\n",
        [(2, 1, "`id` is given twice; the first is at line 1, column 1")],
    ),
]

KEYS: list[Case] = [
    ("a misspelt key", M + "timout: 5\n", [(5, 1, "unknown key `timout` of a job")]),
    ("a misspelt key of a task", M + "    comand: x\n", [(5, 5, "unknown key `comand` of a task")]),
    ("a key of another time: job", M + "pool: io\n", [(5, 1, "`pool` is not supported by this version")]),
    (
        "a key of another time: task",
        M + "    foreach: [1]\n",
        [(5, 5, "`foreach` is not supported by this version")],
    ),
    ("no id", "tasks: [{id: a, command: b}]\n", [(1, 1, "a job needs `id`")]),
    ("no tasks", "id: j\n", [(1, 1, "a job needs `tasks`")]),
    ("no task at all", "id: j\ntasks: []\n", [(2, 8, "`tasks`: this list is empty")]),
    ("tasks that are no list", "id: j\ntasks: {a: b}\n", [(2, 8, "`tasks`: expected a list")]),
    ("a task that is no mapping", "id: j\ntasks: [x]\n", [(2, 9, "expected a mapping, not text")]),
    ("a value left out", M + "schedule:\n", [(5, 1, "`schedule`: no value here")]),
    (
        "two problems in one file",
        M + "timout: 5\nmax_tasks: 0\n",
        [
            (5, 1, "unknown key `timout` of a job"),
            (6, 12, "`max_tasks`: 0 is out of range; allowed are 1 to 1,000,000"),
        ],
    ),
]

REFERENCES: list[Case] = [
    (
        "an expression written as an escape",
        M + '    args: ["\\x24{{ y }}"]\n',
        [(5, 12, "expressions `${{ ... }}` are not supported by this version")],
    ),
    ("an unknown task", M + "    depends_on: [b]\n", [(5, 18, "no task 'b' in this job")]),
    ("itself", M + "    depends_on: a\n", [(5, 17, "task 'a' depends on itself")]),
    (
        "the same task twice",
        M + "  - {id: b, command: x, depends_on: [a, a]}\n",
        [(5, 41, "task 'a' is given twice")],
    ),
    (
        "two tasks of one id",
        M + "  - {id: a, command: x}\n",
        [(5, 10, "task 'a' is defined twice; the first is in line 3")],
    ),
    (
        "a cycle of tasks",
        (
            "id: j\ntasks:\n  - {id: a, run: x, depends_on: c}\n  - {id: b, run: x, depends_on: [a]}\n"
            "  - {id: c, run: x, depends_on: b}\n"
        ),
        [(3, 33, "tasks wait for each other: a -> c -> b -> a")],
    ),
    (
        "two cycles of tasks",
        (
            "id: j\ntasks:\n  - {id: a, run: x, depends_on: b}\n  - {id: b, run: x, depends_on: a}\n"
            "  - {id: c, run: x, depends_on: d}\n  - {id: d, run: x, depends_on: c}\n"
        ),
        [
            (3, 33, "tasks wait for each other: a -> b -> a"),
            (5, 33, "tasks wait for each other: c -> d -> c"),
        ],
    ),
    ("the job itself", M + "depends_on: [j]\n", [(5, 14, "job 'j' depends on itself")]),
    ("a job twice", M + "depends_on: [k, k]\n", [(5, 17, "job 'k' is given twice")]),
    (
        "job and job_id",
        M + "depends_on: [{job: k, job_id: k}]\n",
        [(5, 23, "`job_id` cannot stand beside `job`")],
    ),
    (
        "a dependency without a job",
        M + "depends_on: [{condition: last_success}]\n",
        [(5, 14, "a dependency needs `job`, the id of the other job")],
    ),
    (
        "a window without its time",
        M + "depends_on: [{job: k, condition: within_window}]\n",
        [(5, 34, "`condition`: `within_window` needs its time")],
    ),
    (
        "a window of no time",
        M + "depends_on: [{job: k, condition: {within_window: {seconds: 0}}}]\n",
        [(5, 60, "`seconds`: a duration of 0 is no limit")],
    ),
    (
        "an expression in an argument",
        M + '    args: [x, "${{ y }}"]\n',
        [(5, 16, "expressions `${{ ... }}` are not supported by this version")],
    ),
    (
        "an expression in the second line of a script",
        "id: j\ntasks:\n  - id: r\n    run: |\n      a\n      b ${{ x }}\n",
        [(6, 9, "`run`: expressions `${{ ... }}` are not supported by this version")],
    ),
    (
        "an expression in the config",
        M + 'config: {a: ["${{ x }}"]}\n',
        [(5, 15, "expressions `${{ ... }}` are not supported by this version")],
    ),
    (
        "a variable that is none",
        M + '    args: ["a ${1x}"]\n',
        [(5, 15, "'${1x}' names no variable; write ${NAME}, or $${ for a literal ${")],
    ),
    (
        "an open variable after a good one",
        M + 'environment: {A: "${B} ${C"}\n',
        [(5, 24, "'${' has no closing brace; write ${NAME}, or $${ for a literal ${")],
    ),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [pytest.param(text, expected, id=name) for name, text, expected in SYNTAX + KEYS + REFERENCES],
)
def test_each_problem_has_its_place_and_its_sentence(text: str, expected: list[tuple[int, int, str]]) -> None:
    parsed = parse_job("f.yaml", text.encode())
    assert [(each.line, each.column, each.message) for each in parsed.diagnostics] == expected
    assert {each.severity for each in parsed.diagnostics} == {"error"}
    assert parsed.definition is None
