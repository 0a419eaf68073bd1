"""What `import petit` offers."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import petit
import petit.version

ROOT = Path(__file__).parents[2]


def test_exports_are_sorted() -> None:
    assert petit.__all__ == sorted(petit.__all__)


def test_every_export_can_be_had() -> None:
    for name in petit.__all__:
        assert getattr(petit, name) is not None


def test_every_class_and_function_is_exported_under_its_own_name() -> None:
    for name in set(petit.__all__) - {"__version__"}:
        assert getattr(petit, name).__name__ == name


def test_completion_lists_what_is_exported() -> None:
    assert dir(petit) == petit.__all__


def test_no_other_name_is_invented() -> None:
    assert not hasattr(petit, "Scheduler2")


def test_the_version_is_that_of_the_project_file() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert petit.__version__ == petit.version.VERSION == project["version"]


def test_importing_the_package_imports_nothing_of_it() -> None:
    code = "import petit, sys; print(*sorted(name for name in sys.modules if name.startswith('petit')))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.split() == ["petit"]
