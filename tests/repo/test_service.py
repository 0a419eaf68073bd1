"""The systemd unit."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[2] / "deploy" / "petit.service"
TEXT = UNIT.read_text()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_finds_nothing_wrong_with_it(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    unit.write_text(TEXT.replace("/usr/local/bin/petit ", f"{sys.executable} "))
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("KillMode=process", id="a restart leaves tasks running"),
        pytest.param("Type=notify", id="systemd knows when it is ready"),
        pytest.param("Restart=on-failure", id="it is started again"),
        pytest.param("WatchdogSec=60", id="a scheduler that stands still is started again"),
        pytest.param("RestartPreventExitStatus=2", id="but not where that cannot help"),
        pytest.param("OOMPolicy=continue", id="a task out of memory does not stop it"),
        pytest.param("ExecReload=/bin/kill -HUP $MAINPID", id="a reload is a SIGHUP"),
    ],
)
def test_it_says(line: str) -> None:
    assert line in TEXT.splitlines()


def test_no_hardening_is_on_that_binds_tasks() -> None:
    on = re.findall(
        r"^(?:NoNew|Private|Protect|Restrict|Memory|SystemCall|Capability|UMask)\w*=", TEXT, re.MULTILINE
    )
    assert on == []


def test_every_hardening_that_is_off_says_what_it_breaks() -> None:
    off = re.findall(r"^#(?=[A-Z]\w+=)(.*)$", TEXT, re.MULTILINE)
    assert len(off) > 10
    assert [line for line in off if " # " not in line] == []
