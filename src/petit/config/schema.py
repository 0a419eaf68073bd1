"""The JSON Schema of job files, made from the tables that the loader reads by."""

from __future__ import annotations

from typing import Any

from petit.config.keys import JOB
from petit.config.tasks import NEEDED

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def job_schema() -> dict[str, Any]:
    """Return the schema of a job file.

    It accepts every file that the loader accepts. The loader refuses more: what depends on other files, on
    the calendar, or on several values at once.
    """
    schema = JOB.schema()
    task = schema["properties"]["tasks"]["items"]
    task["anyOf"] = [{"required": [key]} for key in NEEDED.values()]
    return {
        "$schema": DIALECT,
        "$id": "urn:petit:job",
        "title": "Petit job",
        "description": "One job: when it starts, and the graph of its tasks.",
        **schema,
    }
