"""Errors as the document shows them: status and `code` of each class, and the evidence that it carries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from petit.api import errors as api
from petit.core import errors as core
from petit.core import tokens

Evidence = dict[str, Any]
"""Types by the names of members; `MaybeInt` and the like for those that are not always there."""
MaybeInt = int | UnsetType
MaybeText = str | UnsetType
MaybeTexts = list[str] | UnsetType


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True):
    """An error: problem+json (RFC 9457), and the members that clients of the first Petit know.

    Attributes:
        type: Always `about:blank`: `code` tells errors apart.
        title: The status in words.
        detail: What is wrong, in one sentence for people.
        instance: The path that was asked for.
        error: The same as `detail`.
        request_id: The same as the header X-Request-Id; the scheduler's log knows it.
    """

    type: Literal["about:blank"]
    title: str
    detail: str
    instance: str
    error: str
    request_id: str


class WrongMember(msgspec.Struct, frozen=True):
    """A member of the body that is wrong: its JSON pointer (RFC 6901) and why."""

    pointer: str
    message: str


EVIDENCE: dict[type[BaseException], Evidence] = {
    api.BadRequest: {
        "parameter": MaybeText, "allowed": MaybeTexts, "header": MaybeText,
        "position": MaybeInt, "line": MaybeInt, "column": MaybeInt,
    },
    api.NotAllowed: {},
    api.BadToken: {},
    api.ForeignRequest: {"host": MaybeText, "origin": MaybeText, "sec_fetch_site": MaybeText},
    api.MissingScope: {"scope": str},
    api.TooManyGuesses: {"retry_after_s": int},
    api.NoSuchRoute: {},
    api.MethodNotAllowed: {"allowed": list[str]},
    api.RequestTooSlow: {},
    api.BodyTooLarge: {"limit": int},
    api.HeadTooLarge: {"limit": int},
    api.NotJson: {"content_type": str | None},
    api.RangeNotSatisfiable: {"size": int},
    api.TooManyStreams: {"limit": int},
    api.ApiStopping: {},
    core.JobNotFound: {"job_id": str, "nearest": list[str]},
    core.DefinitionNotFound: {"job_id": str},
    core.RunNotFound: {"run_id": str},
    core.TaskNotFound: {"run_id": MaybeText, "task_id": MaybeText, "attempts": MaybeInt},
    core.LogRemoved: {"run_id": str, "removed_at": int},
    core.DependencyNotSatisfied: {"job_id": str, "dependencies": list[dict[str, Any]]},
    core.CannotRerun: {
        "run_id": str, "job_id": str, "run_status": MaybeText, "definition": MaybeText,
        "tasks": list[dict[str, str]] | UnsetType,
    },
    core.RunIsOver: {"run_id": str, "run_status": str},
    core.ReloadRefused: {"jobs": int},
    core.InvalidRequestError: {"errors": list[WrongMember]},
    core.IdempotencyConflict: {"key": str, "run_id": str},
    core.MaxConcurrentRunsExceeded: {
        "job_id": str, "scope": Literal["job", "total"], "limit": int, "holders": list[str],
    },
    core.SchedulerNotRunning: {"state": str, "retry_after_s": int},
    core.StorageUnavailable: {"cause": Literal["disk_full", "io_error", "locked", "damaged"]},
    tokens.TokenExists: {"name": str},
    tokens.TokenNotFound: {"name": str},
}  # fmt: skip
"""All errors that reach a client, with their evidence."""


class InternalError(Exception):
    """Nobody meant this to happen; the scheduler's log tells more under the request id."""


ANYWHERE = (api.BadRequest, api.ForeignRequest, api.RequestTooSlow, api.HeadTooLarge,
            InternalError, core.StorageUnavailable, api.ApiStopping)  # fmt: skip
"""What every route may answer."""

GUARDED = (api.NotAllowed, api.MissingScope, api.TooManyGuesses)
"""What every route may answer that not everybody may ask."""

_HEADERS = {
    401: ("WWW-Authenticate",),
    405: ("Allow",),
    416: ("Content-Range",),
    429: ("Retry-After",),
    503: ("Retry-After",),
}


def meaning_of(error: type[BaseException]) -> api.Meaning:
    """Return status and `code` of a class of errors."""
    found = (api.MEANINGS[each] for each in error.__mro__ if each in api.MEANINGS)
    return next(found, api.INTERNAL)


def headers_of(status: int) -> Sequence[str]:
    """Return the names of the headers that come with errors of a status."""
    return _HEADERS.get(status, ())


_shapes: dict[type[BaseException], type[msgspec.Struct]] = {}


def shape_of(error: type[BaseException]) -> type[msgspec.Struct]:
    """Return the shape of the body that tells of an error of this class."""
    if error not in _shapes:
        _shapes[error] = _make_shape(error)
    return _shapes[error]


def _make_shape(error: type[BaseException]) -> type[msgspec.Struct]:
    status, code = meaning_of(error)
    fixed: list[Any] = [("status", Literal[status]), ("code", Literal[code])]
    evidence = [_member(name, kind) for name, kind in EVIDENCE.get(error, {}).items()]
    made = msgspec.defstruct(
        error.__name__,
        [*fixed, *evidence],
        bases=(ErrorBody,),
        frozen=True,
        kw_only=True,
        module=error.__module__,
    )
    made.__doc__ = error.__doc__
    return made


def _member(name: str, kind: Any) -> Any:
    is_optional = UnsetType in getattr(kind, "__args__", ())
    return (name, kind, UNSET) if is_optional else (name, kind)
