"""The reference is made from the code, and complete."""

from __future__ import annotations

from pathlib import Path

import pytest
from docs.generate import MAKERS, PAGES, renewed

from petit.api.errors import INTERNAL, MEANINGS
from petit.api.views import Attempt, OccurrenceView, Run, TaskRun
from petit.api.views_job import JobDetail
from petit.core.duration import parse_duration
from petit.core.schedule import parse_schedule

API = (PAGES / "api.md").read_text()


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda page: page.name)
def test_the_tables_are_current(page: Path) -> None:
    assert page.read_text() == renewed(page.read_text()), "run `make docs`"


def test_every_table_stands_on_a_page() -> None:
    text = "".join(page.read_text() for page in PAGES.glob("*.md"))
    assert [name for name in MAKERS if f"<!-- generated: {name} -->" not in text] == []


@pytest.mark.parametrize(
    "shape", [Run, TaskRun, Attempt, OccurrenceView, JobDetail], ids=lambda s: s.__name__
)
def test_every_member_is_told(shape: type[Run]) -> None:
    assert [name for name in shape.__struct_fields__ if f"`{name}`" not in API] == []


@pytest.mark.parametrize(("status", "code"), sorted({*MEANINGS.values(), INTERNAL}))
def test_every_error_is_told(status: int, code: str) -> None:
    assert f"| {status} | `{code}` |" in API


@pytest.mark.parametrize("text", ["mon#1", "friL", "L", "8-18/2", "*/15"])
def test_every_form_of_a_field_is_understood(text: str) -> None:
    parse_schedule(f"0 9 {text} * *" if text[:1] not in "mf" else f"0 9 * * {text}")


@pytest.mark.parametrize("text", ["300", "300s", "5m", "1h30m", "2d"])
def test_every_form_of_a_duration_is_understood(text: str) -> None:
    assert parse_duration(text) > 0
