"""Definitions, and whether a text is one."""

from __future__ import annotations

from typing import Any

from petit.api.handlers.definitions import YAML_TYPES, ValidateBody
from petit.api.openapi.operation import Answer, Operation, Parameter
from petit.api.views_definition import DefinitionView, Validation
from petit.core.errors import DefinitionNotFound, JobNotFound

OPERATIONS = {
    "GET /api/jobs/{job_id}/definition": Operation(
        "Show the definition of a job",
        "jobs",
        (Answer(DefinitionView, "The text of the file, and the versions that are stored."),),
        (Parameter("hash", str, "Of the version to show, as in `versions`; the newest unless given."),),
        errors=(JobNotFound, DefinitionNotFound),
    ),
    "POST /api/validate": Operation(
        "Validate a job file",
        "jobs",
        (Answer(Validation, "What is wrong with it, if anything is."),),
        body=ValidateBody,
        other_bodies=YAML_TYPES,
    ),
    "GET /api/schema/job.json": Operation(
        "Get the schema of job files", "jobs", (Answer(dict[str, Any], "A JSON Schema, draft 2020-12."),)
    ),
}
