"""Whatever a file holds, the loader answers with a job or with diagnostics, and says the same again."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.config.corpus import GOOD

from petit.config.diagnostics import as_github, as_json
from petit.config.graph import cycles
from petit.config.jobs import ParsedFile, parse_job
from petit.config.keys import JOB, RETRY, TASK
from petit.core.job import decode_job, definition_hash, encode_job

KEYS = sorted({*JOB.keys, *TASK.keys, *RETRY.keys, "pool", "job", "cron", "timezone", "within_window", "<<"})
IDS = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,10}", fullmatch=True)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=20),
    st.sampled_from(
        ["${{ x }}", "${A}", "${1}", "5m", "1h30", "@daily", "* * * * *", "always", "all", "a", "j", ""]
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=20,
)


def check(parsed: ParsedFile, data: bytes) -> None:
    """Hold an answer against what is always true of one."""
    errors = [each for each in parsed.diagnostics if each.severity == "error"]
    assert (parsed.definition is None) == bool(errors)
    lines = data.decode("utf-8", "replace").removeprefix("\ufeff").splitlines()
    for each in parsed.diagnostics:
        assert each.file == "f.yaml"
        assert 1 <= each.line <= len(lines) + 1
        assert each.column >= 1
        assert each.length >= 1
        assert each.headline().isprintable()
        assert len(each.render().splitlines()) in {1, 3}
    as_json(parsed.diagnostics)
    as_github(parsed.diagnostics)
    if parsed.definition is not None:
        job = parsed.definition.job
        assert decode_job(encode_job(job)) == job
        assert parsed.definition.hash == definition_hash(job)


@given(st.binary(max_size=400))
def test_no_bytes_are_too_strange(data: bytes) -> None:
    check(parse_job("f.yaml", data), data)


@given(st.text(max_size=300))
def test_no_text_is_too_strange(text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    check(parse_job("f.yaml", data), data)


@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8))
def test_no_values_are_too_strange(values: dict[str, Any]) -> None:
    data = msgspec.json.encode(values)  # JSON is YAML
    check(parse_job("f.yaml", data), data)


@given(
    st.sampled_from(sorted(GOOD.values())),
    st.integers(min_value=0),
    st.integers(min_value=0, max_value=8),
    st.text(max_size=8)
    | st.sampled_from(["\t", "\n", " - ", ": ", "*a", "&a ", "!x ", "{", "[", "'", '"', "|", "#", "%", "\0"]),
)
@settings(max_examples=300)
def test_a_good_file_with_something_in_it_replaced(good: str, at: int, removed: int, inserted: str) -> None:
    at %= len(good) + 1
    data = (good[:at] + inserted + good[at + removed :]).encode("utf-8", "surrogatepass")
    check(parse_job("f.yaml", data), data)


COMMANDS = st.text("ab $\n").map("x".__add__)
TASKS = st.lists(
    st.fixed_dictionaries({"id": IDS, "command": COMMANDS}),
    min_size=1,
    max_size=4,
    unique_by=lambda task: task["id"],
)
VARIABLES = st.from_regex(r"[A-Z][A-Z0-9]{0,5}", fullmatch=True)
TEXTS = st.text("ab{}$ ").filter(lambda text: "${" not in text)
NUMBERS = st.integers(-(2**53), 2**53)
REQUIRED: dict[str, st.SearchStrategy[Any]] = {"id": IDS, "tasks": TASKS}
OPTIONAL: dict[str, st.SearchStrategy[Any]] = {
    "name": st.text("abcäöü ").map("n".__add__),
    "enabled": st.booleans(),
    "max_concurrency": st.integers(1, 1_000_000),
    "catchup": st.sampled_from(["none", "last", "all"]),
    "timeout": st.integers(1, 10**6),
    "config": st.dictionaries(IDS.map(str.lower), st.none() | st.booleans() | NUMBERS, max_size=3),
    "environment": st.dictionaries(VARIABLES, TEXTS, max_size=3),
}


@given(st.fixed_dictionaries(REQUIRED, optional=OPTIONAL))
def test_what_was_written_is_what_is_read(values: dict[str, Any]) -> None:
    parsed = parse_job("f.yaml", msgspec.json.encode(values))
    assert parsed.definition is not None, parsed.diagnostics
    job = parsed.definition.job
    assert (job.id, job.name, job.enabled) == (
        values["id"],
        values.get("name", values["id"]),
        values.get("enabled", True),
    )
    assert [(task.id, task.command) for task in job.tasks] == [
        (each["id"], each["command"]) for each in values["tasks"]
    ]
    assert (job.config, job.environment) == (values.get("config", {}), values.get("environment", {}))
    assert job.timeout_ms == (values["timeout"] * 1000 if "timeout" in values else None)
    again = parse_job(
        "g.yaml", b"\xef\xbb\xbf# a comment\n" + msgspec.json.format(msgspec.json.encode(values), indent=2)
    )
    assert again.definition is not None
    assert again.definition.hash == parsed.definition.hash


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.lists(st.sampled_from("abcdefghx"), max_size=4)))
def test_without_the_cycles_that_are_shown_none_is_left(edges: dict[str, list[str]]) -> None:
    found = cycles(edges)
    for cycle in found:
        assert cycle[0] == cycle[-1]
        assert all(after in edges[before] for before, after in pairwise(cycle))
    gone = {each for cycle in found for each in cycle}
    assert cycles({name: needs for name, needs in edges.items() if name not in gone}) == []
    assert len(gone) == sum(len(cycle) - 1 for cycle in found)
