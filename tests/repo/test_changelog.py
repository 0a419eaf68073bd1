"""The changelog and the fragments that it is made of."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FRAGMENTS = sorted((ROOT / "changelog.d").iterdir())
_NAME = re.compile(r"[a-z0-9-]+\.(?:added|changed|fixed|removed)\.md")


def test_the_changelog_has_its_heading() -> None:
    assert (ROOT / "CHANGELOG.md").read_text().startswith("# Changelog\n")


@pytest.mark.parametrize("fragment", FRAGMENTS, ids=lambda fragment: fragment.name)
def test_a_fragment_is_well_formed(fragment: Path) -> None:
    text = fragment.read_text()
    assert _NAME.fullmatch(fragment.name)
    assert text.strip().endswith(".")
    assert not text.startswith("#")
    assert 1 <= text.count("\n") <= 6
