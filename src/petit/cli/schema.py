"""`petit schema`: the JSON Schema of job files."""

from __future__ import annotations

from petit.cli.options import Flags, command


@command("schema")
def command_(_flags: Flags) -> int:
    """Print the JSON Schema of job files, for editors and checkers."""
    import json

    from petit.config.schema import job_schema

    print(json.dumps(job_schema(), indent=2, ensure_ascii=False))
    return 0
