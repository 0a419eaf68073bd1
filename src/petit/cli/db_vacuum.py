"""`petit db vacuum`: the database without what is free in it."""

from __future__ import annotations

from petit.cli.db_told import form_option, size_text, tell
from petit.cli.options import Flags, command


@command("vacuum")
@form_option()
def vacuum(flags: Flags, form: str) -> int:
    """Write the database anew, without the room that removed runs left in it. No scheduler may run on it.

    It takes as much free disk as the database has bytes, for as long as it takes.
    """
    from pathlib import Path

    from petit.bootstrap.upkeep import alone, find
    from petit.cli.configured import settings_from

    place = find(settings_from(flags), cwd=Path.cwd())
    with alone(place.location, place.upkeep):
        before, after = place.upkeep.vacuum()
    facts = {"database": str(place.path), "bytes_before": before, "bytes_after": after}
    tell(form, facts, f"{place.path}: {size_text(before)} before, {size_text(after)} now")
    return 0
