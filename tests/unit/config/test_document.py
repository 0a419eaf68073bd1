"""Bombs: small files that would unfold into large ones, and files that are nothing but nodes."""

from __future__ import annotations

import sys
from types import FrameType

import pytest
from tests.unit.config.corpus import GOOD, MINIMAL

from petit.config import document
from petit.config.document_python import PythonParser
from petit.config.jobs import parse_job
from petit.config.report import MAX_PROBLEMS, Report

LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{after}: &{after} [{','.join([f'*{before}'] * 10)}]\n"
    for before, after in zip("abcdefgh", "bcdefghi", strict=True)
)
CALLS_PER_NODE = 6
"""Python functions called for each node that is composed, generously: composing alone calls three."""
CALLS_TO_UNDERSTAND = 50
"""The same for each node that is read and found wrong, hints included."""


def calls_of(data: bytes) -> tuple[int, list[str]]:
    """Return how many functions were called to refuse a file, and what was said."""
    count = 0

    def counting(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(counting)
    try:
        parsed = parse_job("f.yaml", data)
    finally:
        sys.setprofile(None)
    assert parsed.definition is None
    return count, [each.message for each in parsed.diagnostics]


TOO_MANY = "the file holds more than 30,000 values, aliases expanded"
TOO_DEEP = "nested deeper than 64 levels"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(LAUGHS.encode(), TOO_MANY, id="a billion laughs"),
        pytest.param(
            b"a: &a {k: v}\nb: &b {x: *a, y: *a}\n" + b"".join(
                b"%c: &%c {x: *%c, y: *%c}\n" % (c + 1, c + 1, c, c) for c in range(ord("b"), ord("z"))
            ), TOO_MANY, id="doubling mappings",
        ),
        pytest.param(b"[" * 1_000_000, TOO_DEEP, id="brackets"),
        pytest.param(b"{a: " * 250_000, TOO_DEEP, id="braces"),
        pytest.param(b"- " * 500_000, TOO_DEEP, id="dashes"),
        pytest.param(b"? " * 500_000, TOO_DEEP, id="question marks"),
        pytest.param(b"a: b\n" * 200_000, TOO_MANY, id="one key again and again"),
        pytest.param(b"- a\n" * 250_000, TOO_MANY, id="a long list"),
        pytest.param(b"[" + b"{}," * 300_000, TOO_MANY, id="empty mappings"),
        pytest.param(
            b"a: &a '" + b"x" * 1_000_000 + b"'\nb: [" + b"*a," * 10_000 + b"]\n",
            "the file holds more than 2,097,152 characters, aliases expanded", id="a long text repeated",
        ),
        pytest.param(b"a: &a [*a, *a]\n", "this value contains itself through an alias", id="endless"),
        pytest.param(
            b"a: &a [x]\nb: &b [*a]\n" + b"".join(
                b"k%d: &k%d [*%s]\n" % (n, n, b"k%d" % (n - 1) if n else b"b") for n in range(70)
            ), TOO_DEEP, id="deep through aliases",
        ),
    ],
)  # fmt: skip
def test_a_bomb_is_refused_with_bounded_work(data: bytes, message: str) -> None:
    calls, messages = calls_of(data)
    assert messages == [message]
    assert calls < CALLS_PER_NODE * document.MAX_NODES


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"".join(b"timout%d: x\n" % n for n in range(14_000)), id="unknown keys"),
        pytest.param(MINIMAL.encode() + b"    args: [" + b"'${{'," * 25_000 + b"]\n", id="expressions"),
        pytest.param(MINIMAL.encode() + b"    args: [" + b"'${'," * 25_000 + b"]\n", id="bad variables"),
        pytest.param(MINIMAL.encode() + b"    depends_on: [" + b"x, " * 25_000 + b"]\n", id="unknown tasks"),
        pytest.param(MINIMAL.encode() + b"schedule: [" + b"x, " * 25_000 + b"]\n", id="bad schedules"),
        pytest.param(MINIMAL.encode() + b"x" * 200_000 + b": 1\n", id="a key as long as a book"),
        pytest.param(
            b"id: j\ntasks:\n"
            + b"".join(b"- {id: a%d, run: x, depends_on: b%d}\n" % (n, n) for n in range(3500)),
            id="misspelt tasks",
        ),
    ],
)
def test_a_file_of_nothing_but_problems_is_told_of_with_bounded_work(data: bytes) -> None:
    calls, messages = calls_of(data)
    assert calls < CALLS_TO_UNDERSTAND * document.MAX_NODES
    assert len(messages) <= MAX_PROBLEMS + 1


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in GOOD.items()])
def test_without_libyaml_the_same_nodes_come_out(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def nodes() -> str:
        report = Report("f.yaml", text)
        root = document.compose(text.encode().removeprefix(b"\xef\xbb\xbf"), report)
        assert root is not None
        return str(root)

    with_libyaml = nodes()
    overriding = {
        name: vars(document._BoundedParser)[name]
        for name in ("__init__", "resolve", "descend_resolver", "ascend_resolver")
    }
    parser = type("Parser", (PythonParser,), overriding | {"__init__": start})
    monkeypatch.setattr(document, "_BoundedParser", parser)
    assert nodes() == with_libyaml


def start(self: document._BoundedParser, data: bytes) -> None:
    PythonParser.__init__(self, data)
    self._depth = 0
    self._count = 0
