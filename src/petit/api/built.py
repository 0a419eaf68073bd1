"""The dashboard as it was built: which files there are, and how each is sent. Read when asked for."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path
from typing import NamedTuple

BUILT = Path(__file__).parent / "ui"
"""Where `make ui` puts it. It is part of the wheel, and missing where nobody had Node."""

INDEX = "/index.html"
PACKED = ".gz"

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}


class File(NamedTuple):
    """A file to be served.

    Attributes:
        media_type: By its ending.
        is_lasting: Its name changes with what is in it: browsers need not ask again.
    """

    path: Path
    media_type: str
    is_lasting: bool
    packed: Path | None


@cache
def files() -> dict[str, File]:
    """Return all files by the path that they are served at; empty where nothing was built.

    What is not in this table does not exist, however it is spelled: no path of a request reaches the disk.
    """
    found: dict[str, File] = {}
    for root, folders, names in os.walk(BUILT):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(root) / name
            media_type = _TYPES.get(path.suffix)
            if media_type is None or name.startswith("."):
                continue
            place = "/" + path.relative_to(BUILT).as_posix()
            packed = path.with_name(name + PACKED)
            is_lasting = place.startswith("/assets/")
            found[place] = File(path, media_type, is_lasting, packed if packed.exists() else None)
    return found


_made: list[float] = []


def is_current() -> bool:
    """Say whether the dashboard is the one that was found: it may be built anew under a running scheduler."""
    try:
        made = (BUILT / INDEX[1:]).stat().st_mtime
    except FileNotFoundError:
        made = 0.0
    if _made == [made]:
        return True
    _made[:] = [made]
    return False


def forget() -> None:
    """Look again at what there is."""
    files.cache_clear()
    read.cache_clear()


@cache
def read(path: Path) -> tuple[bytes, str]:
    """Return what is in a file, and its tag. It is kept: it stays the same as long as this version runs."""
    body = path.read_bytes()
    return body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'
