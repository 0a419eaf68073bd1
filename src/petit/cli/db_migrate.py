"""`petit db migrate`: the database brought to the version of this Petit."""

from __future__ import annotations

from petit.cli.db_told import form_option, tell
from petit.cli.options import Flags, command


@command("migrate")
@form_option()
def migrate(flags: Flags, form: str) -> int:
    """Bring the database to the version of this Petit, as its next start would. No scheduler may run on it.

    There is no way back but a backup. A newer database is refused.
    """
    from pathlib import Path

    from petit.bootstrap.upkeep import alone, find
    from petit.cli.configured import settings_from

    place = find(settings_from(flags), cwd=Path.cwd())
    upkeep = place.upkeep
    before = upkeep.version()
    if before < upkeep.newest:
        with alone(place.location, upkeep):
            upkeep.migrate()
        words = f"{place.path}: from version {before} to {upkeep.newest}"
    else:
        words = f"{place.path}: is of version {before} already"
    tell(form, {"database": str(place.path), "from": before, "to": upkeep.newest}, words)
    return 0
