"""Asks of the tests whether they notice: `make mutants`, or `make mutants ARGS="core.graph --all"`.

Each mutant is a module with one small change (`tests.support.mutations`). A fork of this process imports it
instead of the module, and runs the tests that ought to judge it until one fails: the mutant is killed. One
process at a time; a fixed seed picks the same sample each time.
"""

from __future__ import annotations

import argparse
import ast
import importlib.abc
import importlib.machinery
import importlib.util
import os
import random
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import hypothesis
import pytest
from tests.support.mutations import Mutation, mutations

ROOT = Path(__file__).resolve().parents[2]
SEED = 1
SAMPLE = 25
MOST_S = 300
_BIRTH_GRACE_S = 0.02


def _tests(directory: str, *names: str) -> tuple[str, ...]:
    return tuple(f"tests/{directory}/test_{name}.py" for name in names)


_SCHEDULE = (
    *_tests("unit/core", "schedule", "cron", "schedule_count", "zone_days"),
    *_tests("property", "schedule_properties"),
)
_PROGRESS = (
    *_tests("unit/core", "progress", "progress_endings", "progress_outset", "retry"),
    *_tests("property", "progress", "graph"),
)
_OCCURRENCE = (
    *_tests("unit/core", "occurrence", "occurrence_live"),
    *_tests("property", "occurrence_properties"),
    *_tests("unit/scheduler", "ledger"),
)
_STORAGE = (
    *_tests(
        "contract", "storage_create", "storage_steps", "storage_pages", "storage_facts", "storage_recent"
    ),
    *_tests("contract", "storage_ledger", "storage_episodes", "storage_figures", "storage_past"),
)
JUDGES: dict[str, tuple[str, ...]] = {
    "core.admission": _tests("unit/core", "admission") + _tests("unit/scheduler", "firing"),
    "core.condition": _tests("unit/core", "condition") + _PROGRESS,
    "core.graph": _tests("unit/core", "graph") + _tests("property", "graph"),
    "core.occurrence": _OCCURRENCE,
    "core.occurrence_catchup": _OCCURRENCE,
    "core.occurrence_live": _OCCURRENCE,
    "core.progress": _PROGRESS,
    "core.retry": _tests("unit/core", "retry") + _PROGRESS,
    "core.schedule": _SCHEDULE,
    "core.cron": _SCHEDULE,
    "core.states": _tests("unit/core", "states") + _PROGRESS,
    "storage.rules": _STORAGE,
    "storage.sqlite_create": _STORAGE,
    "storage.sqlite_runs": _STORAGE,
    "storage.sqlite_steps": _STORAGE,
}
"""What decides and what claims, each with the tests that judge it, the quickest first."""


class _Mutant(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives a changed tree when its module is imported."""

    def __init__(self, name: str, path: Path, tree: ast.Module) -> None:
        self._name, self._path, self._tree = name, path, tree

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._name:
            return None
        return importlib.util.spec_from_file_location(fullname, self._path, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._tree, str(self._path), "exec"), module.__dict__)


def _judge(name: str, path: Path, tree: ast.Module, judges: Sequence[str]) -> int:
    """Run the tests against a tree, in this process; return pytest's exit code."""
    sys.meta_path.insert(0, _Mutant(name, path, tree))
    quick = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
    hypothesis.settings.register_profile(
        "mutants", phases=quick, derandomize=True, database=None, deadline=None
    )
    hypothesis.settings.load_profile("mutants")
    words = "-x -q -p no:cacheprovider -p no:xdist --timeout 60 -W ignore::pytest.PytestAssertRewriteWarning"
    return int(pytest.main([*words.split(), *judges]))


def _is_killed(module: str, mutation: Mutation | None, tree: ast.Module, path: Path) -> bool:
    """Let a fork of this process judge one change; None is the module as it is."""
    pid = os.fork()
    if pid == 0:
        silent = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(silent, fd)
        code = 1
        try:
            if mutation is not None:
                mutation.apply()
            ast.fix_missing_locations(tree)
            code = _judge(f"petit.{module}", path, tree, JUDGES[module])
        finally:
            os._exit(min(code, 1))
    end = time.monotonic() + MOST_S
    while (ended := os.waitpid(pid, os.WNOHANG)) == (0, 0):
        if time.monotonic() > end:
            os.kill(pid, signal.SIGKILL)
        time.sleep(_BIRTH_GRACE_S)
    return ended[1] != 0


def _try(module: str, most: int | None) -> tuple[int, int]:
    """Try the mutants of one module; print the survivors; return how many were killed, and of how many."""
    path = ROOT / "src" / "petit" / f"{module.replace('.', '/')}.py"
    tree = ast.parse(path.read_text())
    assert not _is_killed(module, None, tree, path), f"the tests of {module} fail as it is"
    found = mutations(tree)
    chosen = found if most is None else random.Random(SEED).sample(found, min(most, len(found)))
    survivors = [each for each in chosen if not _is_killed(module, each, tree, path)]
    killed = len(chosen) - len(survivors)
    print(f"{module:24} {killed:4} of {len(chosen):4} killed, {len(found)} possible", flush=True)
    for each in sorted(survivors, key=lambda each: each.line):
        print(f"    {path.relative_to(ROOT)}:{each.line}: {each.what}", flush=True)
    return killed, len(chosen)


def main() -> int:
    """Try modules; return 1 if less than the share asked for is killed."""
    parser = argparse.ArgumentParser(
        description="Change the code a little, and see whether the tests notice."
    )
    parser.add_argument("modules", nargs="*", default=list(JUDGES), help=f"of {', '.join(JUDGES)}")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="mutants of each module")
    parser.add_argument("--all", action="store_true", help="try every mutant")
    parser.add_argument("--least", type=float, default=0.85, help="share that must be killed")
    options = parser.parse_args()
    os.chdir(ROOT)
    results = [_try(module, None if options.all else options.sample) for module in options.modules]
    killed, tried = (sum(each) for each in zip(*results, strict=True))
    print(f"{killed} of {tried} killed: {killed / tried:.0%}")
    return 0 if killed / tried >= options.least else 1


if __name__ == "__main__":
    sys.exit(main())
