"""A Petit that does not sync its database: `python careless.py ...`. Tests of power cuts must find it out."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

from petit.__main__ import main
from petit.storage import sqlite_file

_connect_writer = sqlite_file.connect_writer


def _careless(path: Path, *, busy_timeout_s: float) -> sqlite3.Connection:
    connection = _connect_writer(path, busy_timeout_s=busy_timeout_s)
    connection.execute("PRAGMA synchronous = OFF")
    return connection


if __name__ == "__main__":
    sqlite_file.connect_writer = _careless
    sys.exit(main())
