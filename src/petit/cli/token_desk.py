"""Where tokens are made and revoked: by the scheduler that is running, or in the database where none is."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

import msgspec

from petit.api.views_token import TokenView
from petit.bootstrap.places import MEMORY
from petit.bootstrap.state import State, make_private, open_state, take_lock
from petit.cli.client import Answer, ControlClient, NoAnswer
from petit.cli.configured import settings_from
from petit.cli.failures import UsageError
from petit.cli.options import Flags
from petit.config.settings import Settings
from petit.core.clock import Millis
from petit.core.errors import InvalidRequestError, PetitError, SchedulerAlreadyRunning
from petit.core.tokens import TokenExists, TokenNotFound, issue, without_secrets
from petit.scheduler.access import Access
from petit.seams import SystemClock, SystemEntropy
from petit.storage.records import AuditRow

T = TypeVar("T")

_PATH = "/api/tokens"
_OPTIONS = {"name": "NAME", "scopes": "--scope", "jobs": "--job", "expires_at": "--expires"}
"""What stands on the command line for a member of the API's body."""

_TRIES = 50
_BETWEEN_TRIES_MS = 100


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a token is to be. `lifetime_ms` is None for one that does not expire."""

    name: str
    scope: str
    jobs: tuple[str, ...] = ()
    lifetime_ms: Millis | None = None

    @property
    def expires_at(self) -> Millis | None:
        """When it is worth nothing any more, if it is made now."""
        return None if self.lifetime_ms is None else SystemClock().now() + self.lifetime_ms


class Made(msgspec.Struct, frozen=True):
    """A new token and its secret."""

    token: TokenView
    secret: str


class Desk(Protocol):
    """Makes, lists and revokes tokens.

    Raises TokenExists, TokenNotFound, and InvalidRequestError with the API's pointers.
    """

    async def create(self, wanted: Wanted) -> Made:
        """Make a token."""
        ...

    async def list(self) -> list[TokenView]:
        """Return all tokens, oldest first."""
        ...

    async def revoke(self, name: str) -> None:
        """Revoke a token."""
        ...


class Here:
    """Works on the database, whose lock must be held. Each call is in the audit record, as one of the API."""

    def __init__(self, state: State) -> None:
        self._clock = SystemClock()
        self._access = Access(state.storage, self._clock)

    async def create(self, wanted: Wanted) -> Made:
        """Make a token."""
        return await self._noted("POST", _PATH, 201, self._create(wanted))

    async def _create(self, wanted: Wanted) -> Made:
        now = self._clock.now()
        token, secret = issue(
            SystemEntropy(),
            name=wanted.name,
            scopes=[wanted.scope],
            jobs=wanted.jobs,
            now=now,
            expires_at=wanted.expires_at,
        )
        await self._access.add(token)
        return Made(TokenView.of(token, now), secret)

    async def list(self) -> list[TokenView]:
        """Return all tokens, oldest first."""
        now = self._clock.now()
        return [TokenView.of(token, now) for token in await self._access.tokens()]

    async def revoke(self, name: str) -> None:
        """Revoke a token."""
        await self._noted("DELETE", _path_of(name), 200, self._access.revoke(name, self._clock.now()))

    async def _noted(self, method: str, path: str, status: int, work: Awaitable[T]) -> T:
        try:
            return await work
        except PetitError as error:
            status = next((each for kind, each in _STATUSES.items() if isinstance(error, kind)), 500)
            raise
        finally:
            self._access.trail.note(
                AuditRow(
                    at=self._clock.now(),
                    caller=f"uid {os.getuid()}",
                    address="local",
                    method=method,
                    path=without_secrets(path),
                    status=status,
                )
            )
            await self._access.trail.flush()


class There:
    """Asks the scheduler that is running."""

    def __init__(self, client: ControlClient) -> None:
        self._client = client

    async def create(self, wanted: Wanted) -> Made:
        """Make a token."""
        body = {
            "name": wanted.name,
            "scopes": [wanted.scope],
            "jobs": wanted.jobs,
            "expires_at": wanted.expires_at,
        }
        answer = await self._client.post(_PATH, body)
        return msgspec.convert(_expect(answer, wanted.name), Made)

    async def list(self) -> list[TokenView]:
        """Return all tokens, oldest first."""
        answer = await self._client.get(_PATH)
        return msgspec.convert(_expect(answer, "")["tokens"], list[TokenView])

    async def revoke(self, name: str) -> None:
        """Revoke a token."""
        _expect(await self._client.delete(_path_of(name)), name)


_STATUSES: dict[type[PetitError], int] = {TokenNotFound: 404, TokenExists: 409, InvalidRequestError: 422}
"""How the API answers."""


def _path_of(name: str) -> str:
    return f"{_PATH}/{quote(name, safe='')}"


def _expect(answer: Answer, name: str) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    if answer.status < 300:
        return body
    if answer.status == 404:
        raise TokenNotFound(name)
    if answer.status == 409:
        raise TokenExists(name)
    if answer.status == 422:
        raise InvalidRequestError([(each["pointer"], each["message"]) for each in body["errors"]])
    raise PetitError(f"the scheduler answered {answer.status}: {body.get('detail')}")


def at_desk(flags: Flags, ask: Callable[[Desk], Awaitable[T]], *, makes_database: bool = True) -> T:
    """Do something with tokens.

    Args:
        flags: Options that say which database is meant.
        ask: What to do.
        makes_database: Whether the database is made where it is not there yet.

    Raises:
        UsageError: The command line asks for something that cannot be.
    """
    settings = settings_from(flags)
    make_private()
    try:
        return asyncio.run(_at_desk(settings, ask, makes_database))
    except InvalidRequestError as error:
        raise UsageError("; ".join(_as_option(**each) for each in error.evidence["errors"])) from None
    except TokenNotFound as error:
        raise UsageError(str(error)) from None


def _as_option(pointer: str, message: str) -> str:
    return f"{_OPTIONS.get(pointer.split('/')[1], pointer)}: {message}"


async def _at_desk(settings: Settings, ask: Callable[[Desk], Awaitable[T]], makes_database: bool) -> T:
    if settings.database == MEMORY:
        raise UsageError("tokens of a database in memory are made by its scheduler alone: POST /api/tokens")
    async with open_state(settings, cwd=Path.cwd(), must_exist=not makes_database) as state:
        for _ in range(_TRIES):
            try:
                lock = take_lock(state)
            except SchedulerAlreadyRunning:
                client = ControlClient(state.places.socket)
                if await _answers(client):
                    return await ask(There(client))
                await SystemClock().sleep(_BETWEEN_TRIES_MS)  # it is just starting, or as short as we are
            else:
                try:
                    return await ask(Here(state))
                finally:
                    lock.release()
        raise NoAnswer(f"a scheduler holds the database, and does not answer on '{state.places.socket}'")


async def _answers(client: ControlClient) -> bool:
    try:
        return (await client.get("/api/health/live")).status == 200
    except NoAnswer:
        return False
