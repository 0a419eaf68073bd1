"""What the API document says of a route. Nobody imports this before the document is asked for."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal

import msgspec

from petit.api.errors import BodyTooLarge, NotJson
from petit.core.errors import InvalidRequestError, PetitError

Tag = Literal["health", "scheduler", "jobs", "runs", "logs", "occurrences", "events", "access", "about"]
JSON = "application/json"
TEXT = "text/plain; charset=utf-8"

Whole = Annotated[int, msgspec.Meta(ge=0)]
Flag = Literal["true", "false", "1", "0", ""]


class Parameter(msgspec.Struct, frozen=True):
    """Something in the query, or a header of the request.

    Attributes:
        name: As it is written.
        shape: Python type whose JSON Schema says what is accepted.
        description: What it does, its unit, what holds without it.
        place: Where it stands.
        is_repeatable: It may be given several times; `shape` is that of each.
        is_required: Without it there is no answer.
    """

    name: str
    shape: Any
    description: str
    place: Literal["query", "header"] = "query"
    is_repeatable: bool = False
    is_required: bool = False


class Answer(msgspec.Struct, frozen=True):
    """One way in which a route answers when all is well.

    Attributes:
        shape: Python type of the body, usually a Struct; None for a body that is no JSON, or none at all.
        description: When it comes, or what it is.
        status: HTTP status.
        media_type: As in Content-Type; empty where there is no body.
        events: Of a stream of events, the names of these and the shapes of their data.
        headers: Names in `petit.api.openapi.headers.HEADERS`, beside those that every answer has.
    """

    shape: Any
    description: str
    status: int = 200
    media_type: str = JSON
    headers: tuple[str, ...] = ()
    events: tuple[tuple[str, Any], ...] = ()


class Operation(msgspec.Struct, frozen=True):
    """What the document says of a route, beside the handler's docstring and an example.

    The example is a real answer: ask for it in tests/support/examples.py, then say `make openapi`.

    Attributes:
        summary: A few words without a full stop, an imperative.
        tag: Its group.
        answers: Ways to succeed. 304, and the errors that every route may give, need not be said.
        parameters: Query and headers; those of the path are known by their names.
        body: Struct of the JSON body, None where none is read.
        other_bodies: Media types that are read beside JSON.
        errors: Classes of errors that are particular to this route (see `petit.api.errors.MEANINGS`).
    """

    summary: str
    tag: Tag
    answers: tuple[Answer, ...]
    parameters: tuple[Parameter, ...] = ()
    body: type[msgspec.Struct] | None = None
    other_bodies: tuple[str, ...] = ()
    errors: tuple[type[PetitError], ...] = ()

    @property
    def all_errors(self) -> tuple[type[PetitError], ...]:
        """The errors that are particular to this route, and those of reading its body."""
        return (
            self.errors if self.body is None else (*self.errors, BodyTooLarge, NotJson, InvalidRequestError)
        )


LIMIT = Parameter("limit", Whole, "Entries of a page: 20 unless given; what is above 1000 counts as 1000.")
CURSOR = Parameter(
    "cursor", str, "`next_cursor` of the page before. It is made here and means nothing outside."
)
CURSOR_BOTH_WAYS = Parameter(
    "cursor",
    str,
    "`next_cursor` or `prev_cursor` of another page. It is made here and means nothing outside.",
)
PAGE = (LIMIT, CURSOR)
PAGE_BOTH_WAYS = (LIMIT, CURSOR_BOTH_WAYS)
WAIT = Parameter(
    "wait",
    Annotated[str, msgspec.Meta(pattern=r"^\s*[0-9.]")],
    "Answer when the run is over, or after this duration: `30s`, `5m`; at most 10 minutes.",
)
IDEMPOTENCY_KEY = Parameter(
    "Idempotency-Key",
    Annotated[str, msgspec.Meta(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")],
    "The same key with the same body, within 24 hours, is answered with the run that the first one made.",
    place="header",
)


@cache
def page_of(name: str, item: Any, *, is_always_paged: bool = True) -> type[msgspec.Struct]:
    """Return the shape of a page of a list: items under `name`, their count, the cursor of the next page."""
    cursor: Any = str | None if is_always_paged else str | None | msgspec.UnsetType
    made = msgspec.defstruct(
        name.capitalize() + "Page",
        [
            (name, list[item]),
            ("count", int),
            ("next_cursor", cursor) if is_always_paged else ("next_cursor", cursor, msgspec.UNSET),
        ],
        module=__name__,
    )
    made.__doc__ = f"A page of {name}. `next_cursor` leads to the next one; it is null on the last."
    return made


@cache
def page_both_ways(name: str, item: Any) -> type[msgspec.Struct]:
    """Return the shape of a page that leads on to older items and back to newer ones."""
    cursor: Any = str | None
    made = msgspec.defstruct(
        name.capitalize() + "Page",
        [(name, list[item]), ("count", int), ("next_cursor", cursor), ("prev_cursor", cursor)],
        module=__name__,
    )
    made.__doc__ = (
        f"A page of {name}. `next_cursor` leads to older ones, `prev_cursor` back to newer ones. Each is null"
        " where there are none; so is `prev_cursor` where no cursor was given."
    )
    return made


@cache
def list_of(name: str, item: Any) -> type[msgspec.Struct]:
    """Return the shape of a list that comes as a whole."""
    made = msgspec.defstruct(
        name.capitalize() + "List", [(name, list[item]), ("count", int)], module=__name__
    )
    made.__doc__ = f"All {name} there are."
    return made
