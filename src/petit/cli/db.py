"""`petit db`: looking after the database."""

from __future__ import annotations

from petit.cli.db_backup import backup
from petit.cli.db_check import check
from petit.cli.db_migrate import migrate
from petit.cli.db_restore import restore
from petit.cli.db_vacuum import vacuum
from petit.cli.options import group

command_ = group(
    "db",
    "The database: checked, copied, brought back, made smaller, brought up to date.",
    check,
    backup,
    restore,
    vacuum,
    migrate,
)
