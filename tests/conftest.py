"""What holds for all tests: a clean environment, and no skip that goes unseen where everything must run."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings
from tests.support.tally import table, told

pytest_plugins = ["tests.support.browser"]

_KEPT = {"PETIT_FAULTS", "PETIT_SEED", "PETIT_TALLY", "PETIT_TEST_ALL"}
"""Variables that tell the tests what to do; every other PETIT_* is a developer's own setting."""


def pytest_configure() -> None:
    """Keep what the developer has set for their own Petit away from the tests."""
    for name in [name for name in os.environ if name.startswith("PETIT_") and name not in _KEPT]:
        del os.environ[name]
    os.environ["XDG_CONFIG_HOME"] = str(Path(__file__).parent / "no-settings-here")
    os.umask(0o022)
    # The gate tries the same cases each time; a developer's machine goes on looking for new ones.
    settings.register_profile("gate", derandomize=True, deadline=None, print_blob=True)
    if os.environ.get("CI") == "true":
        settings.load_profile("gate")


def _fail_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    if os.environ.get("PETIT_TEST_ALL") != "1" or report.outcome != "skipped" or hasattr(report, "wasxfail"):
        return
    place, line, reason = report.longrepr if isinstance(report.longrepr, tuple) else (report.nodeid, 0, "")
    report.outcome = "failed"
    report.longrepr = f"{place}:{line}: {reason}\nPETIT_TEST_ALL=1: everything must run here"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where everything must run (PETIT_TEST_ALL=1), a skipped test is a failed one."""
    report = yield
    _fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a module that is skipped as a whole."""
    report = yield
    _fail_if_skipped(report)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what the tests of the promises have counted; PETIT_TALLY names a file that gets the table too."""
    if not told:
        return
    terminalreporter.section("promises")
    lines = table(told)
    terminalreporter.write_line("\n".join(lines))
    if file := os.environ.get("PETIT_TALLY"):
        Path(file).write_text("\n".join([*lines, ""]), encoding="utf-8")
