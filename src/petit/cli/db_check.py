"""`petit db check`: is everything in it as it must be?"""

from __future__ import annotations

from petit.cli.db_told import form_option, progress, tell
from petit.cli.options import Flags, command


@command("check")
@form_option()
def check(flags: Flags, form: str) -> int:
    """Look for damage, and for what does not hold together; exit with 1 where something is wrong.

    It looks at the state of one moment and changes nothing; a scheduler may run meanwhile.
    """
    from pathlib import Path

    from petit.bootstrap.upkeep import find
    from petit.cli.configured import settings_from
    from petit.cli.failures import EXIT_JOBS

    place = find(settings_from(flags), cwd=Path.cwd())
    with progress("checking") as how_far:
        found = place.upkeep.check(place.logs, how_far)
    facts = {
        "database": str(place.path),
        "ok": not found.problems,
        "problems": found.problems,
        "notes": found.notes,
        "runs": found.runs,
        "fates": found.fates,
    }
    lines = [*found.problems, *(f"note: {each}" for each in found.notes)]
    if not found.problems:
        lines.append(f"all is well: {found.runs:,} runs, {found.fates:,} rows of the ledger")
    tell(form, facts, "\n".join(lines))
    return EXIT_JOBS if found.problems else 0
