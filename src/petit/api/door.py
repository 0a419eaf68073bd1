"""Who is calling, and whether they may: the user that runs Petit needs nothing, all others a token."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import msgspec
from starlette.types import Scope as Connection

from petit.api.errors import BadRequest, BadToken, MissingScope, TooManyGuesses
from petit.api.forwarded import is_forwarded, origin_address
from petit.api.guessing import Guesses
from petit.api.peers import NOBODY, Peer
from petit.api.routing import Route
from petit.api.walls import check_caller
from petit.core.ids import JobId
from petit.core.tokens import Token, Verdict, hash_secret, is_secret, judge
from petit.scheduler.handle import SchedulerHandle

LOCAL = "local"
_WRONG: dict[Verdict, str] = {"expired": "this token has expired", "revoked": "this token was revoked"}


class Caller(msgspec.Struct, frozen=True):
    """Somebody who was let in. `token` is None for the user that runs Petit and for root: they may do all."""

    name: str
    token: Token | None = None

    def __str__(self) -> str:
        """Name them as in runs, audit record and logs."""
        return self.name

    @property
    def sight(self) -> str:
        """What they may see, as part of a tag."""
        return LOCAL if self.token is None else self.token.scope


class Door:
    """Lets callers in.

    Args:
        handle: Knows the tokens.
        uids: Users that need no token.
        max_wrong_tokens: Wrong tokens that an address may show within a minute.
    """

    def __init__(self, handle: SchedulerHandle, uids: frozenset[int], max_wrong_tokens: int) -> None:
        self._handle = handle
        self._uids = uids
        self._guesses = Guesses(max_wrong_tokens)
        self._known: dict[str, Token] = {}
        self._known_at = -1

    async def admit(self, peer: Peer, connection: Connection) -> Caller:
        """Find out who is calling.

        A token counts where one is shown, else the user at the other end does; but not where that is a proxy,
        which passes on what anybody asks.

        Raises:
            NotAllowed: Nobody knows that they may call.
            BadToken: What they show is no token that is in force.
            TooManyGuesses: The same, once too often.
        """
        shown = [value for name, value in connection["headers"] if name == b"authorization"]
        if not shown:
            check_caller(NOBODY if is_forwarded(connection["headers"]) else peer, self._uids)
            return Caller(str(peer))
        if len(shown) > 1:
            raise BadRequest("a request has one Authorization header at most")
        token = await self._token(shown[0].decode("latin-1"), address_of_peer(peer, connection))
        return Caller(f"token {token.name}", token)

    async def _token(self, shown: str, address: str) -> Token:
        kind, _, secret = shown.strip().partition(" ")
        secret = secret.strip()
        token = await self._find(hash_secret(secret)) if is_secret(secret) else None
        if kind.lower() != "bearer" or token is None:
            wrong = "this is no token of this Petit: send 'Authorization: Bearer petit_...'"
        else:
            verdict = judge(token, "read", None, self._handle.now())
            if verdict == "allowed":
                return token
            wrong = _WRONG[verdict]
        wait_s = self._guesses.failed(address, asyncio.get_running_loop().time())
        if wait_s is None:
            raise BadToken(wrong)
        raise TooManyGuesses(
            f"{wrong}; too many wrong ones came from {address}", retry_after_s=int(wait_s) + 1
        )

    async def _find(self, token_hash: str) -> Token | None:
        """Look a token up; what is known is known until the database changes, so revoking works at once."""
        change = self._handle.database[1]
        if change != self._known_at:
            self._known.clear()
            self._known_at = change
        known = self._known.get(token_hash)
        if known is None:
            known = await self._handle.access.token_by_hash(token_hash)
            if known is not None and self._handle.database[1] == self._known_at:
                self._known[token_hash] = known
        return known

    async def expect(self, caller: Caller, route: Route, params: Mapping[str, str]) -> None:
        """Raise MissingScope where the caller's token does not suffice for a route."""
        token = caller.token
        if token is None:
            return
        needed = route.needs
        job_id = await self._job_of(params) if token.jobs and needed != "read" else None
        verdict = judge(token, needed, job_id, self._handle.now())
        if verdict == "allowed":
            return
        if verdict == "job":
            patterns = ", ".join(token.jobs)
            raise MissingScope(f"token '{token.name}' may start and stop {patterns} only", scope=needed)
        raise MissingScope(
            f"this needs a token with the scope {needed}; '{token.name}' has {token.scope}", scope=needed
        )

    async def _job_of(self, params: Mapping[str, str]) -> JobId | None:
        run_id = params.get("run_id")
        return params.get("job_id") if run_id is None else (await self._handle.run(run_id)).job_id


def address_of_peer(peer: Peer, connection: Connection) -> str:
    """Say where a call comes from: an address, or "local" for the control socket."""
    client = connection.get("client")
    if peer.kind == "unix" or not client:
        return LOCAL
    return (origin_address(connection["headers"]) if peer.is_proxy else None) or str(client[0])
