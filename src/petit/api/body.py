"""Reading a JSON body: its size, its time, its type, its members."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
from starlette.requests import ClientDisconnect, Request

from petit.api.context import context_of
from petit.api.errors import BadRequest, BodyTooLarge, NotJson, RequestTooSlow
from petit.core.errors import InvalidRequestError

_HINT = "a body must be JSON: send 'Content-Type: application/json' (with curl: --json instead of -d)"
_BYTE = re.compile(r"byte (\d+)")
_AT = re.compile(r"^(?P<message>.*?)(?: - at `(?P<path>\$[^`]*)`)?$", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\[\.\.\.\]")
T = TypeVar("T", bound=msgspec.Struct)


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a route understands of a body."""


async def read(request: Request, shape: type[T]) -> T:
    """Read the body as `shape`; no body is one without members.

    Raises:
        BodyTooLarge, NotJson, BadRequest: As `read_json`.
        InvalidRequestError: A member is unknown or wrong.
    """
    return convert(await read_json(request), shape)


async def read_json(request: Request) -> Any:
    """Read the body as JSON, `{}` where there is none.

    Raises:
        BodyTooLarge: It is larger than the settings allow.
        RequestTooSlow: It did not arrive in time.
        NotJson: Nothing says that it is JSON.
        BadRequest: It is no JSON; the evidence has the place.
    """
    raw = await read_bytes(request)
    if not raw:
        return {}
    if not _is_json(request.headers.get("content-type", "")):
        raise NotJson(_HINT, content_type=request.headers.get("content-type"))
    return _decode(raw)


async def read_bytes(request: Request) -> bytes:
    """Read the body within the limits of size and time."""
    settings = context_of(request).settings
    declared = request.headers.get("content-length", "0")
    # The parser has checked that it is digits.
    if len(declared) > 18 or int(declared) > settings.max_body:
        raise _too_large(settings.max_body)
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(settings.body_timeout_s):
            async for part in request.stream():
                size += len(part)
                if size > settings.max_body:
                    raise _too_large(settings.max_body)
                parts.append(part)
    except TimeoutError:
        raise RequestTooSlow(f"the body did not arrive within {settings.body_timeout_s:g} s") from None
    except ClientDisconnect:
        raise BadRequest("the client went away in the middle of the body") from None
    return b"".join(parts)


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"a body may have {limit} bytes at most", limit=limit)


def _is_json(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def _decode(raw: bytes) -> Any:
    try:
        raw.decode("utf-8")
        return msgspec.json.decode(raw)
    except UnicodeDecodeError as error:
        raise _malformed("the body is not UTF-8", raw, error.start) from error
    except RecursionError as error:
        raise BadRequest("the body is nested too deeply") from error
    except msgspec.DecodeError as error:
        found = _BYTE.search(str(error))
        raise _malformed(str(error), raw, int(found[1]) if found else len(raw)) from error


def _malformed(message: str, raw: bytes, position: int) -> BadRequest:
    before = raw[:position].decode("utf-8", "replace")
    return BadRequest(
        message,
        position=position,
        line=before.count("\n") + 1,
        column=len(before) - (before.rfind("\n") + 1) + 1,
    )


def convert(value: Any, shape: type[T]) -> T:
    """Check the members of a decoded body.

    Raises:
        InvalidRequestError: With a JSON pointer for each unknown member, else for the first wrong one.
    """
    if not isinstance(value, dict):
        raise InvalidRequestError([("", f"must be an object, not {_kind(value)}")])
    known = shape.__struct_encode_fields__  # structs.fields() would work out all types anew, each time
    unknown = [(pointer(name), _unknown(known)) for name in value if name not in known]
    if unknown:
        raise InvalidRequestError(unknown)
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        raise InvalidRequestError([_place(str(error))]) from error


def pointer(*steps: str) -> str:
    """Write a JSON pointer (RFC 6901)."""
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


def _unknown(known: Sequence[str]) -> str:
    return f"unknown member; known are: {', '.join(known)}"


def _kind(value: Any) -> str:
    names = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def _place(message: str) -> tuple[str, str]:
    """Take a validation message apart: JSON pointer, what is wrong."""
    found = _AT.match(message)
    assert found is not None
    steps = [step[1] or step[2] or "" for step in _STEP.finditer(found["path"] or "")]
    return pointer(*steps), found["message"]
