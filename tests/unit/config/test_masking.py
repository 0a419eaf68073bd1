"""What readers see of a job file: its text, without what its variables hold."""

from __future__ import annotations

import pytest

from petit.config.masking import UNREADABLE, masked

HEAD = "id: a\n"
TAIL = "tasks: [{id: b, command: x}]\n"

TEXTS: dict[str, tuple[str, str]] = {
    "a block": ("environment:\n  A: hunter2\n  B: 'hunter2'\n", "environment:\n  A: '***'\n  B: '***'\n"),
    "a flow": (
        'environment: {A: hunter2, "B": "hunter2"}\n', "environment: {A: '***', \"B\": '***'}\n",
    ),
    "a text of several lines": (
        "environment:\n  A: |\n    hunter2\n    hunter2\n  B: x\n", "environment:\n  A: '***'\n  B: '***'\n",
    ),
    "a folded text": (
        "environment:\n  A: >-  # hunter2\n    hunter2\n\n    hunter2\n", "environment:\n  A: '***'\n",
    ),
    "a plain text over lines": ("environment:\n  A: one\n    hunter2\n", "environment:\n  A: '***'\n"),
    "quotes over lines": ('environment:\n  A: "one\n    hunter2"\n', "environment:\n  A: '***'\n"),
    "an anchor": (
        "environment: &e\n  A: &p hunter2\nconfig: {p: *p}\n",
        "environment: &e\n  A: '***'\nconfig: {p: *p}\n",
    ),
    "an alias": (
        "config: {p: &p hunter2}\nenvironment: {A: *p}\n",
        "config: {p: '***'}\nenvironment: {A: *p}\n",
    ),
    "an alias of all": (
        "config: &e {A: hunter2}\nenvironment: *e\n", "config: &e {A: '***'}\nenvironment: *e\n",
    ),
    "a quoted key": ("'environment': {A: hunter2}\n", "'environment': {A: '***'}\n"),
    "an escaped key": ('"environ\\x6dent": {A: hunter2}\n', "\"environ\\x6dent\": {A: '***'}\n"),
    "a key with a question mark": ("? environment\n: {A: hunter2}\n", "? environment\n: {A: '***'}\n"),
    "comments": (
        "environment:  # hunter2\n  # hunter2\n  A: x # hunter2\n  # hunter2\n",
        "environment:  #\n  #\n  A: '***' #\n  #\n",
    ),
    "a comment behind a flow": ("environment: {A: x} # hunter2\n", "environment: {A: '***'} #\n"),
    "a comment behind an alias": (
        "config: &e {A: x}\nenvironment: *e # hunter2\n", "config: &e {A: '***'}\nenvironment: *e #\n",
    ),
    "a hash that is no comment": ("environment: {A: 'x#hunter2'}\n", "environment: {A: '***'}\n"),
    "other alphabets": (
        "name: Größe 🚀\nenvironment: {A: hünter2}\n",
        "name: Größe 🚀\nenvironment: {A: '***'}\n",
    ),
    "carriage returns": ("environment:\r\n  A: hunter2\r\n", "environment:\r\n  A: '***'\r\n"),
    "no value": ("environment: {A: }\n", "environment: {A: '***'}\n"),
    "a list, which is none": ("environment: [A=hunter2]\n", "environment: ['***']\n"),
    "a text, which is none": ("environment: A=hunter2\n", "environment: '***'\n"),
    "secrets": ("secrets: {A: hunter2}\n", "secrets: {A: '***'}\n"),
    "nothing hidden": ("config: {A: x} # why\n", "config: {A: x} # why\n"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "shown"), TEXTS.values(), ids=TEXTS.keys())
def test_what_is_shown(text: str, shown: str) -> None:
    assert masked(HEAD + text + TAIL) == HEAD + shown + TAIL


def test_variables_of_tasks_and_defaults_are_hidden_too() -> None:
    text = "id: a\ntasks:\n  - id: b\n    command: x\n    environment: {A: hunter2}\n    args: [shown]\n"
    assert masked(text) == text.replace("hunter2", "'***'")


def test_what_is_no_yaml_is_not_shown() -> None:
    assert masked("environment: {A: hunter2") == UNREADABLE
