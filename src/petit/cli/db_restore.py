"""`petit db restore`: a backup becomes the database."""

from __future__ import annotations

from pathlib import Path

import click

from petit.cli.db_told import form_option, progress, tell
from petit.cli.options import Flags, command


@command("restore")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@form_option()
def restore(flags: Flags, file: Path, form: str) -> int:
    """Put a copy of the backup FILE in the place of the database. No scheduler may run on it.

    The database that was there is kept beside it, under a name that is told.
    """
    from petit.bootstrap.places import make_directory
    from petit.bootstrap.state import make_private
    from petit.bootstrap.upkeep import alone, expect_sound, find
    from petit.cli.configured import settings_from
    from petit.cli.failures import UsageError
    from petit.seams import SystemClock
    from petit.storage.factory import upkeep_of

    make_private()
    place = find(settings_from(flags), cwd=Path.cwd(), must_exist=False)
    source = upkeep_of(str(Path.cwd() / file))
    expect_sound(source)
    if place.path.exists() and place.path.samefile(source.path):
        raise UsageError("this is the database itself, not a backup of it")
    make_directory(place.path.parent)
    aside = place.path.with_name(f"{place.path.name}.before-{SystemClock().now()}")
    with alone(place.location, place.upkeep, source), progress("copying") as how_far:
        was_there = place.upkeep.restore(source.path, aside, how_far)
    kept = str(aside) if was_there else None
    words = f"{place.path} is restored from {source.path}"
    facts = {"database": str(place.path), "backup": str(source.path), "kept": kept}
    tell(form, facts, words if kept is None else f"{words}; what was there is {kept}")
    return 0
