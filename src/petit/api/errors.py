"""How errors meet HTTP: the refusals of the API itself, and the one table of statuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from petit.core.errors import (
    CannotRerun,
    DependencyNotSatisfied,
    IdempotencyConflict,
    InvalidRequestError,
    LogRemoved,
    MaxConcurrentRunsExceeded,
    NotFoundError,
    PetitError,
    ReloadRefused,
    RunIsOver,
    SchedulerNotRunning,
    StorageUnavailable,
)
from petit.core.tokens import TokenExists


class BadRequest(PetitError):
    """The request cannot be read, or a part of it beside the body is wrong."""


class NotAllowed(PetitError):
    """Nobody knows that the caller may do this: another uid, or one that could not be found out."""


class ForeignRequest(PetitError):
    """The request comes from, or is addressed to, somewhere else than this API."""


class BadToken(NotAllowed):
    """The token that was shown is not one of ours, or not in force any more."""


class TooManyGuesses(PetitError):
    """Too many wrong tokens came from there; `evidence["retry_after_s"]` says when to try again."""


class MissingScope(PetitError):
    """The caller's token does not suffice for this; `evidence["scope"]` is the scope that it takes."""


class NoSuchRoute(NotFoundError):
    """Nothing is served at this path."""


class MethodNotAllowed(PetitError):
    """The path is served, but not with this method."""

    def __init__(self, method: str, path: str, allowed: Sequence[str]) -> None:
        super().__init__(f"{method} is not possible on {path}", allowed=list(allowed))


class RequestTooSlow(PetitError):
    """The request did not arrive within its time."""


class BodyTooLarge(PetitError):
    """The body is larger than the limit."""


class HeadTooLarge(PetitError):
    """Request line and headers are larger than the limit."""


class NotJson(PetitError):
    """There is a body, but it is not said to be JSON."""


class RangeNotSatisfiable(PetitError):
    """The byte range lies outside of what there is; `evidence["size"]` says how much that is."""


class TooManyStreams(PetitError):
    """All streams that may be open at a time are."""


class ApiStopping(PetitError):
    """The server is closing; what was being waited for did not come."""


Meaning = tuple[int, str]
"""Status and `code`."""

MEANINGS: dict[type[Any], Meaning] = {
    BadRequest: (400, "BAD_REQUEST"),
    NotAllowed: (401, "UNAUTHORIZED"),
    ForeignRequest: (403, "FORBIDDEN"),
    MissingScope: (403, "FORBIDDEN"),
    NotFoundError: (404, "NOT_FOUND"),
    MethodNotAllowed: (405, "METHOD_NOT_ALLOWED"),
    RequestTooSlow: (408, "REQUEST_TIMEOUT"),
    DependencyNotSatisfied: (409, "CONFLICT"),
    RunIsOver: (409, "CONFLICT"),
    CannotRerun: (409, "CONFLICT"),
    ReloadRefused: (409, "CONFLICT"),
    TokenExists: (409, "CONFLICT"),
    LogRemoved: (410, "GONE"),
    BodyTooLarge: (413, "PAYLOAD_TOO_LARGE"),
    NotJson: (415, "UNSUPPORTED_MEDIA_TYPE"),
    RangeNotSatisfiable: (416, "RANGE_NOT_SATISFIABLE"),
    InvalidRequestError: (422, "UNPROCESSABLE"),
    IdempotencyConflict: (422, "UNPROCESSABLE"),
    MaxConcurrentRunsExceeded: (429, "TOO_MANY_REQUESTS"),
    TooManyGuesses: (429, "TOO_MANY_REQUESTS"),
    HeadTooLarge: (431, "HEADERS_TOO_LARGE"),
    SchedulerNotRunning: (503, "SERVICE_UNAVAILABLE"),
    StorageUnavailable: (503, "SERVICE_UNAVAILABLE"),
    ApiStopping: (503, "SERVICE_UNAVAILABLE"),
    TooManyStreams: (503, "SERVICE_UNAVAILABLE"),
}
INTERNAL: Meaning = (500, "INTERNAL_ERROR")
_INTERNAL_DETAIL = "something went wrong inside Petit; its log tells more under this request id"

_RETRY_AFTER_S: dict[type[PetitError], int] = {
    MaxConcurrentRunsExceeded: 5,
    TooManyStreams: 5,
    StorageUnavailable: 5,
    ApiStopping: 5,
}

PROBLEM_JSON = "application/problem+json"
_OURS = frozenset({"type", "title", "status", "detail", "instance", "error", "code", "request_id"})


def meaning_of(error: BaseException) -> Meaning:
    """Return status and code of an error: those of its nearest class in the table."""
    for each in type(error).__mro__:
        found = MEANINGS.get(each)
        if found is not None:
            return found
    return INTERNAL


def problem(error: BaseException, *, instance: str, request_id: str) -> tuple[int, bytes]:
    """Write an error as problem+json (RFC 9457), with the original's `error` and `code`.

    Returns:
        Status and body. Of an error without a meaning the body tells nothing but the request id.
    """
    status, code = meaning_of(error)
    is_internal = status == 500
    detail = _INTERNAL_DETAIL if is_internal else str(error)
    evidence = {} if is_internal or not isinstance(error, PetitError) else error.evidence
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": instance,
        "error": detail,
        "code": code,
        **{name: value for name, value in evidence.items() if name not in _OURS},
        **_status_of_run(evidence),
        "request_id": request_id,
    }
    return status, msgspec.json.encode(body)


def _status_of_run(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Return a run's status under a name that is free: `status` is HTTP's in problem+json."""
    return {"run_status": evidence["status"]} if "status" in evidence else {}


def problem_headers(error: BaseException) -> dict[str, str]:
    """Return the headers that belong to an error: Allow, Retry-After, WWW-Authenticate, Content-Range."""
    if isinstance(error, MethodNotAllowed):
        return {"allow": ", ".join(error.evidence["allowed"])}
    if isinstance(error, NotAllowed):
        wrong = ', error="invalid_token"' if isinstance(error, BadToken) else ""
        return {"www-authenticate": f'Bearer realm="petit"{wrong}'}
    if isinstance(error, RangeNotSatisfiable):
        return {"content-range": f"bytes */{error.evidence['size']}"}
    if isinstance(error, SchedulerNotRunning | TooManyGuesses):
        return {"retry-after": str(error.evidence["retry_after_s"])}
    seconds = _RETRY_AFTER_S.get(type(error)) if isinstance(error, PetitError) else None
    return {} if seconds is None else {"retry-after": str(seconds)}
