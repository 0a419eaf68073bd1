"""A wall clock of one's own for a program: libfaketime, told by a file how far it is off."""

from __future__ import annotations

from pathlib import Path

import pytest


def environment(file: Path) -> dict[str, str]:
    """Return variables that let a program read its wall clock off by what `file` says, and no other clock."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        pytest.skip("libfaketime is not installed (Debian: faketime)")
    return {
        "LD_PRELOAD": str(found[0]),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


def set_off(file: Path, seconds: int) -> None:
    """Let the clock be off from now on, by so many seconds."""
    new = file.with_suffix(".new")
    new.write_text(f"{seconds:+d}\n")
    new.rename(file)
