"""The settings of a command: its flags over `PETIT_*` over the settings file."""

from __future__ import annotations

import os
from pathlib import Path

from petit.cli.options import Flags
from petit.config.loader import Defaults
from petit.config.settings import Settings, load_settings


def settings_from(flags: Flags, **own: object) -> Settings:
    """Put the settings together; `own` are a command's own flags, None where they were not given.

    Raises:
        SettingsError: One is wrong.
    """
    given = {name: value for name, value in own.items() if value is not None}
    return load_settings({**flags, **given}, os.environ, cwd=Path.cwd())


def job_defaults(flags: Flags) -> Defaults:
    """Return what holds where a job file says nothing."""
    scheduler = settings_from(flags).scheduler
    return Defaults(timezone=scheduler.timezone, grace_ms=scheduler.grace_ms)
