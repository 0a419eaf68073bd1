from __future__ import annotations

import json

import pytest

from petit.api import errors as api
from petit.core import errors as core


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (core.JobNotFound("x"), 404, "NOT_FOUND"),
        (core.RunNotFound("x"), 404, "NOT_FOUND"),
        (core.TaskNotFound("x"), 404, "NOT_FOUND"),
        (api.NoSuchRoute("x"), 404, "NOT_FOUND"),
        (core.DependencyNotSatisfied("x", []), 409, "CONFLICT"),
        (core.RunIsOver("x", "failed"), 409, "CONFLICT"),
        (core.ReloadRefused("x"), 409, "CONFLICT"),
        (core.MaxConcurrentRunsExceeded("x", scope="job", limit=1, holders=[]), 429, "TOO_MANY_REQUESTS"),
        (core.SchedulerNotRunning("stopping"), 503, "SERVICE_UNAVAILABLE"),
        (core.StorageUnavailable("full", cause="disk_full"), 503, "SERVICE_UNAVAILABLE"),
        (core.InvalidRequestError([("/a", "x")]), 422, "UNPROCESSABLE"),
        (core.IdempotencyConflict("k", "r"), 422, "UNPROCESSABLE"),
        (core.DatabaseRefused("x"), 500, "INTERNAL_ERROR"),
        (core.PetitError("x"), 500, "INTERNAL_ERROR"),
        (ValueError("x"), 500, "INTERNAL_ERROR"),
        (KeyboardInterrupt(), 500, "INTERNAL_ERROR"),
    ],
)
def test_each_error_has_its_status_and_code(error: BaseException, status: int, code: str) -> None:
    assert api.meaning_of(error) == (status, code)


def test_evidence_stands_beside_the_members_of_the_form() -> None:
    error = core.PetitError("gone wrong", host="pi", detail="mine", status="failed")
    status, body = api.problem(api.BadRequest("no", **error.evidence), instance="/x", request_id="r")
    assert status == 400
    assert json.loads(body) == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "no",
        "instance": "/x",
        "error": "no",
        "code": "BAD_REQUEST",
        "host": "pi",
        "run_status": "failed",
        "request_id": "r",
    }


def test_an_internal_error_shows_no_evidence() -> None:
    _, body = api.problem(core.StorageError("SQL", path="/secret"), instance="/x", request_id="r")
    assert b"SQL" not in body
    assert b"secret" not in body


@pytest.mark.parametrize(
    ("error", "headers"),
    [
        (api.MethodNotAllowed("PUT", "/", ["GET", "HEAD"]), {"allow": "GET, HEAD"}),
        (api.NotAllowed("x"), {"www-authenticate": 'Bearer realm="petit"'}),
        (api.RangeNotSatisfiable("x", size=7), {"content-range": "bytes */7"}),
        (core.SchedulerNotRunning("stopping", retry_after_s=9), {"retry-after": "9"}),
        (core.MaxConcurrentRunsExceeded("x", scope="job", limit=1, holders=[]), {"retry-after": "5"}),
        (core.JobNotFound("x"), {}),
        (ValueError(), {}),
    ],
)
def test_headers_that_belong_to_an_error(error: BaseException, headers: dict[str, str]) -> None:
    assert api.problem_headers(error) == headers
