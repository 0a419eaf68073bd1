"""requirements.lock: everything pinned, everything hashed, nothing said about where it comes from."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text()
_PINNED = re.compile(
    r"^([a-z0-9-]+)==\S+(?: ;[^\\]*)? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE
)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=;~ ]", name)[0]).lower()


def test_every_requirement_is_pinned_and_hashed() -> None:
    requirements = [line for line in LOCK.splitlines() if line and not line.startswith(("#", " "))]
    assert len(_PINNED.findall(LOCK)) == len(requirements) > 20


def test_no_address_and_no_option_stands_in_it() -> None:
    assert "://" not in LOCK
    assert re.findall(r"^-", LOCK, re.MULTILINE) == []


def test_what_the_project_needs_is_in_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    wanted += project["build-system"]["requires"]
    pinned = {name for name, _ in _PINNED.findall(LOCK)}
    assert {_normal(each) for each in wanted} - pinned == set()


def test_it_serves_all_pythons_from_the_oldest_supported() -> None:
    assert "python_full_version" not in LOCK
    assert "python_version" not in LOCK
