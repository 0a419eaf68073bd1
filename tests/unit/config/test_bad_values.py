"""Values that a key cannot have, with the place and the sentence that a user gets."""

from __future__ import annotations

import pytest
from tests.unit.config.corpus import MINIMAL

from petit.config.jobs import parse_job

M = MINIMAL  # four lines; what is appended begins in line 5
Case = tuple[str, str, list[tuple[int, int, str]]]

VALUES: list[Case] = [
    (
        "a duration without its last unit",
        M + "    timeout: 1h30\n",
        [
            (
                5,
                14,
                (
                    "`timeout`: '1h30' is not a duration: 30 at its end has no unit; expected seconds (300)"
                    " or numbers with units d, h, m, s, ms, the largest first (5m, 1h30m, 2d)"
                ),
            )
        ],
    ),
    ("no text for a name", M + 'name: " "\n', [(5, 7, "`name`: this text is empty")]),
    (
        "no text for a program",
        "id: j\ntasks: [{id: a, command: ''}]\n",
        [(2, 26, "`command`: this text is empty")],
    ),
    (
        "a share that is text",
        M + "    retry: {max_attempts: 1, jitter: half}\n",
        [(5, 38, "`jitter`: expected a number from 0 to 1, not 'half'")],
    ),
    (
        "variables that are no mapping",
        M + "environment: [A=b]\n",
        [(5, 14, "`environment`: expected a mapping of variables, not a list")],
    ),
    (
        "an escaped NUL in the config",
        M + 'config: {a: "\\0"}\n',
        [(5, 13, "this text holds a NUL character, which no program can be given")],
    ),
    (
        "a number of far too many digits",
        M + f"max_tasks: {'9' * 50}\n",
        [(5, 12, f"`max_tasks`: the number '{'9' * 27}...' is too large")],
    ),
    ("a fraction too large", M + "config: {a: 1e999}\n", [(5, 13, "the number '1e999' is too large")]),
    ("an id with a bad character", "id: a/b\n" + M[6:], [(1, 5, "`id`: 'a/b' cannot be an id")]),
    ("an id that is a number", "id: 12\n" + M[6:], [(1, 5, "`id`: expected text, not a number")]),
    ("an old boolean", M + "enabled: yes\n", [(5, 10, "`enabled`: expected true or false, not 'yes'")]),
    (
        "a limit of zero",
        M + "max_concurrency: 0\n",
        [(5, 18, "`max_concurrency`: 0 is out of range; allowed are 1 to 1,000,000")],
    ),
    (
        "a fraction of a run",
        M + "max_concurrency: 1.5\n",
        [(5, 18, "`max_concurrency`: expected a whole number, not '1.5'")],
    ),
    (
        "a timeout of zero",
        M + "    timeout_secs: 0\n",
        [(5, 19, "`timeout_secs`: a duration of 0 is no limit")],
    ),
    (
        "a unit where seconds are",
        M + "    timeout_secs: 5m\n",
        [(5, 19, "`timeout_secs`: expected a number of seconds, not '5m'")],
    ),
    (
        "both timeouts",
        M + "    timeout: 5m\n    timeout_secs: 5\n",
        [(6, 5, "`timeout_secs` cannot stand beside `timeout`")],
    ),
    (
        "an unknown condition",
        M + "    condition: allways\n",
        [
            (
                5,
                16,
                (
                    "`condition`: 'allways' is none of all_success, on_failure, all_done, always, one_success"
                    ", none_failed"
                ),
            )
        ],
    ),
    (
        "a type of another time",
        "id: j\ntasks: [{id: a, type: custom, command: x}]\n",
        [(2, 23, "`type`: 'custom' is not supported by this version")],
    ),
    (
        "allow with a limit",
        M + "overlap: allow\nmax_concurrency: 2\n",
        [(6, 1, "`max_concurrency` cannot stand beside `overlap: allow`")],
    ),
    (
        "a cron field out of range",
        M + 'schedule: "61 * * * *"\n',
        [(5, 11, "`schedule`: minute: 61 is out of range 0-59")],
    ),
    (
        "the same schedule twice",
        M + 'schedule: ["@daily", "@midnight"]\n',
        [(5, 22, "this schedule is given twice")],
    ),
    ("no schedule in the list", M + "schedule: []\n", [(5, 11, "`schedule`: this list is empty")]),
    (
        "a size that is none",
        M + "log_limit: 10 elephants\n",
        [(5, 12, "`log_limit`: '10 elephants' is not a size")],
    ),
    (
        "a size that is too small",
        M + "log_limit: 10\n",
        [(5, 12, "`log_limit`: '10' is too small; at least 1,024 bytes")],
    ),
    ("a null variable", M + "environment: {A: ~}\n", [(5, 15, "no value here; expected text or a number")]),
    (
        "a bad name of a variable",
        M + "environment: {1A: x}\n",
        [(5, 15, "'1A' cannot be the name of a variable")],
    ),
    (
        "a variable of Petit's own",
        M + "environment: {PETIT_RUN_ID: x}\n",
        [(5, 15, "`PETIT_RUN_ID` is set by Petit itself")],
    ),
    (
        "a number that JSON has not",
        M + "config: {a: .inf}\n",
        [(5, 13, ".inf is not a number that can be passed on")],
    ),
    (
        "a number too large",
        M + "config: {a: 99999999999999999999}\n",
        [(5, 13, "the number '99999999999999999999' is too large")],
    ),
    (
        "config keys that collide",
        M + "config: {a: 1, A: 2}\n",
        [(5, 16, "`config`: 'a' and 'A' would be the same variable")],
    ),
    (
        "an escaped NUL",
        M + '    args: ["a\\0b"]\n',
        [(5, 12, "this text holds a NUL character, which no program can be given")],
    ),
    (
        "an escaped control character in text for people",
        M + 'name: "\\e[31m"\n',
        [(5, 7, "`name`: this text must be one line without control characters")],
    ),
    (
        "an argument that is a list",
        M + "    args: [[a]]\n",
        [(5, 12, "expected text or a number, not a list")],
    ),
    ("arguments that are no list", M + "    args: a b\n", [(5, 11, "`args`: expected a list, not text")]),
    (
        "negative retries",
        M + "    retry: {max_attempts: -1}\n",
        [(5, 27, "`max_attempts`: -1 is out of range; allowed are 0 to 1,000,000")],
    ),
    (
        "a bound below the delay",
        M + "    retry: {max_attempts: 1, delay: 1h, max_delay: 5m}\n",
        [(5, 41, "`max_delay` is shorter than the delay")],
    ),
    (
        "transient codes that count nowhere",
        M + "    retry: {max_attempts: 1, transient_exit_codes: 75}\n",
        [(5, 30, "`transient_exit_codes` needs `condition: transient_only`")],
    ),
    (
        "exit code 0 as a failure",
        M + "    retry: {max_attempts: 1, exit_codes: [0]}\n",
        [(5, 43, "0 is out of range; allowed are 1 to 255")],
    ),
    (
        "an open quote in a shell",
        'id: j\ntasks: [{id: a, run: x, shell: "sh \'x"}]\n',
        [(2, 32, "`shell`: cannot be split into words: no closing quotation")],
    ),
]

KINDS: list[Case] = [
    (
        "nothing to run",
        "id: j\ntasks: [{id: a}]\n",
        [(2, 10, "a task needs `command`, `run`, or `type: python` with `script`")],
    ),
    (
        "python without a script",
        "id: j\ntasks: [{id: a, type: python}]\n",
        [(2, 17, "a python task needs `script`")],
    ),
    ("command and run", M + "    run: x\n", [(4, 5, "`command` cannot stand beside `run`")]),
    (
        "run and type",
        "id: j\ntasks: [{id: a, run: x, type: command}]\n",
        [(2, 25, "`type` cannot stand beside `run`")],
    ),
    (
        "args for a script",
        "id: j\ntasks: [{id: a, run: x, args: [y]}]\n",
        [(2, 25, "`args` has no meaning for a `run:` task")],
    ),
    ("a script for a command", M + "    script: x\n", [(5, 5, "`script` has no meaning for a command task")]),
    ("a shell for a command", M + "    shell: bash\n", [(5, 5, "`shell` has no meaning for a command task")]),
    (
        "code that is too long for an argument",
        "id: j\ntasks:\n  - id: a\n    run: " + "x" * 102_401,
        [(4, 10, "`run`: this script has 102,401 bytes; at most 102,400 can be passed as an argument")],
    ),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [pytest.param(text, expected, id=name) for name, text, expected in VALUES + KINDS],
)
def test_each_value_has_its_place_and_its_sentence(text: str, expected: list[tuple[int, int, str]]) -> None:
    parsed = parse_job("f.yaml", text.encode())
    assert [(each.line, each.column, each.message) for each in parsed.diagnostics] == expected
    assert {each.severity for each in parsed.diagnostics} == {"error"}
    assert parsed.definition is None
