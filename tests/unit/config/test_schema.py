"""The JSON Schema and the loader are one table: they agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it publishes no types
from tests.unit.config.corpus import GOOD, MINIMAL
from yaml.nodes import MappingNode, Node, ScalarNode

from petit.config.document import compose
from petit.config.keys import JOB, TASK
from petit.config.loader import load_file
from petit.config.report import Report
from petit.config.scalars import value_of
from petit.config.schema import job_schema


def as_json(node: Node) -> Any:
    """Return the values of a file as an editor sees them."""
    if isinstance(node, MappingNode):
        return {key.value: as_json(value) for key, value in node.value}
    if isinstance(node, ScalarNode):
        return value_of(node)
    return [as_json(each) for each in node.value]


def problems(text: str) -> list[str]:
    root = compose(text.encode().removeprefix(b"\xef\xbb\xbf"), Report("f.yaml", text))
    assert root is not None
    return [each.message for each in Draft202012Validator(job_schema()).iter_errors(as_json(root))]


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(job_schema())
    assert job_schema()["$schema"] == Draft202012Validator.META_SCHEMA["$id"]


EXAMPLES = [
    *sorted(Path(__file__).parent.glob("original_jobs/*.yaml")),
    *sorted((Path(__file__).parents[3] / "examples" / "jobs").rglob("*.yaml")),
]


@pytest.mark.parametrize(
    "file", [pytest.param(file, id=f"{file.parent.name}/{file.name}") for file in EXAMPLES]
)
def test_the_examples_are_accepted_by_both(file: Path) -> None:
    assert load_file(file).definition is not None
    assert problems(file.read_text()) == []


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in GOOD.items()])
def test_what_the_loader_accepts_the_schema_accepts(text: str) -> None:
    assert problems(text) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(MINIMAL + "timout: 5\n", id="an unknown key"),
        pytest.param(MINIMAL + "pool: io\n", id="a key of a later version"),
        pytest.param(MINIMAL + "    comand: x\n", id="an unknown key of a task"),
        pytest.param(MINIMAL + "    retry: {max_attemps: 1}\n", id="an unknown key of retry"),
        pytest.param("id: j\n", id="no tasks"),
        pytest.param("id: j\ntasks: []\n", id="an empty list of tasks"),
        pytest.param("id: j\ntasks: [{id: a}]\n", id="nothing to run"),
        pytest.param(MINIMAL + "    run: x\n", id="command and run"),
        pytest.param(MINIMAL + "timeout: 5\ntimeout_secs: 5\n", id="both timeouts"),
        pytest.param("id: a/b\ntasks: [{id: a, run: x}]\n", id="a bad id"),
        pytest.param(MINIMAL + "enabled: yes\n", id="an old boolean"),
        pytest.param(MINIMAL + "max_tasks: 0\n", id="a limit of zero"),
        pytest.param(MINIMAL + "timeout: 1h30\n", id="a bad duration"),
        pytest.param(MINIMAL + "log_limit: 10 elephants\n", id="a bad size"),
        pytest.param(MINIMAL + "    condition: allways\n", id="an unknown condition"),
        pytest.param(MINIMAL + "    args: [[a]]\n", id="an argument that is a list"),
        pytest.param(MINIMAL + "environment: {1A: x}\n", id="a bad name of a variable"),
        pytest.param(MINIMAL + "depends_on: [{condition: last_success}]\n", id="a dependency without a job"),
    ],
)
def test_what_the_schema_can_see_it_refuses(text: str) -> None:
    assert problems(text) != []


def test_every_key_has_a_sentence() -> None:
    for table in (JOB, TASK):
        for name, properties in table.schema()["properties"].items():
            assert properties["description"].endswith("."), name
