"""Definitions: the texts of jobs, their schema, whether a text is good."""

from __future__ import annotations

from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from petit.api import body, query
from petit.api.context import CALLER, handle_of
from petit.api.errors import NotJson
from petit.api.responses import encode, json_response, tagged
from petit.api.views_definition import CheckedJob, DefinitionView, Validation, version_of
from petit.core.errors import DefinitionNotFound

YAML_TYPES = ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml")
_UNNAMED = "job.yaml"


class ValidateBody(body.Body, frozen=True):
    """The text of a job file, and the name that problems are to show."""

    text: str
    file: Annotated[str, msgspec.Meta(min_length=1, max_length=255)] = _UNNAMED


async def get_definition(request: Request) -> Response:
    """Show a version of a job as its file says it: the newest, or the one with this `hash`.

    Callers below `admin` get the text without the values of `environment` and `secrets`, and without the
    comments among them; `masked` says so. Works for a removed job that has history.
    """
    wanted = query.single(request, "hash")
    job_id = request.path_params["job_id"]
    live, rows = await handle_of(request).versions(job_id)
    current = live.definition.hash
    found = next((row for row in rows if row.hash == (wanted or current)), None)
    if found is None:
        raise DefinitionNotFound(f"job '{job_id}' has no version {(wanted or current)[:64]!r}", job_id=job_id)
    is_masked = request.scope[CALLER].scope != "admin"
    source = await handle_of(request).masked_file(found.source) if is_masked else found.source
    shown = DefinitionView(
        job_id=job_id,
        hash=found.hash,
        current=found.hash == current,
        stored_at=found.stored_at,
        file=live.definition.file,
        source=source,
        masked=is_masked,
        versions=tuple(version_of(row, current) for row in rows),
    )
    return tagged(request, encode(shown))


async def validate(request: Request) -> Response:
    """Check the text of a job file, and change nothing.

    Send it as it is (`Content-Type: application/yaml`), or as JSON. It is checked as the scheduler would read
    it, with the jobs that there are: 200 with `valid: false` and the problems where it is not good.
    """
    text, file = await _text(request)
    handle = handle_of(request)
    checked = await handle.check_file(file, text)
    job = checked.job
    shown = (
        None
        if job is None
        else CheckedJob(
            id=job.id,
            name=job.name,
            enabled=job.enabled,
            schedules=tuple(schedule.key for schedule in job.schedules),
            task_count=len(job.tasks),
            exists=job.id in await handle.definitions(),
        )
    )
    return json_response(Validation(valid=job is not None, problems=checked.findings, job=shown))


async def _text(request: Request) -> tuple[bytes, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in YAML_TYPES:
        return await body.read_bytes(request), _UNNAMED
    try:
        wanted = await body.read(request, ValidateBody)
    except NotJson as error:
        hint = f"send the text as it is ('Content-Type: {YAML_TYPES[0]}'), or as JSON {{\"text\": ...}}"
        raise NotJson(hint, **error.evidence) from None
    return wanted.text.encode("utf-8", "surrogatepass"), wanted.file


async def job_schema(request: Request) -> Response:
    """Get the JSON Schema of job files, for editors and checkers."""
    return tagged(request, encode(handle_of(request).file_schema()))
