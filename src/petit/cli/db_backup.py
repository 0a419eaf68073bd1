"""`petit db backup`: a copy of the database, taken while the scheduler runs."""

from __future__ import annotations

from pathlib import Path

import click

from petit.cli.db_told import form_option, progress, size_text, tell
from petit.cli.options import Flags, command


@command("backup")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="Put it in the place of an older backup.")
@form_option()
def backup(flags: Flags, file: Path, *, replace: bool, form: str) -> int:
    """Copy the database to FILE, as it is at this moment; a scheduler may run meanwhile.

    FILE is there, whole and on the disk, when the command ends with 0; else nothing of it is. The output of
    tasks is not in it.
    """
    from petit.bootstrap.state import make_private
    from petit.bootstrap.upkeep import find
    from petit.cli.configured import settings_from
    from petit.cli.failures import UsageError

    make_private()
    place = find(settings_from(flags), cwd=Path.cwd())
    target = Path.cwd() / file
    if not target.parent.is_dir():
        raise UsageError(f"there is no directory '{target.parent}'")
    if target.exists():
        if target.samefile(place.path):
            raise UsageError("a backup goes to another file than the database")
        if not replace:
            raise UsageError(f"'{file}' exists; --replace puts the new backup in its place")
    with progress("copying") as how_far:
        size = place.upkeep.backup(target, how_far)
    facts = {"database": str(place.path), "backup": str(target), "size_bytes": size}
    tell(form, facts, f"{place.path} is backed up to {target}: {size_text(size)}")
    return 0
