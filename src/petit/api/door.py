"""Who is calling, and whether they may: the user that runs Petit needs nothing, all others a token."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import msgspec
from starlette.types import Scope as Connection

from petit.api.cookies import expect_page, read_cookie
from petit.api.errors import BadRequest, BadToken, MissingScope, NotAllowed, TooManyGuesses
from petit.api.forwarded import is_forwarded, origin_address
from petit.api.guessing import Guesses
from petit.api.known import Known
from petit.api.peers import NOBODY, Peer
from petit.api.routing import Route
from petit.api.walls import SAFE_METHODS, check_caller
from petit.core.clock import Millis
from petit.core.ids import JobId
from petit.core.sessions import Session
from petit.core.tokens import Scope, Token, Verdict, hash_secret, is_secret, judge
from petit.scheduler.handle import SchedulerHandle

LOCAL = "local"
_UNKNOWN = "this is no token of this Petit: send 'Authorization: Bearer petit_...'"
_WRONG: dict[Verdict, str] = {"expired": "this token has expired", "revoked": "this token was revoked"}


class Caller(msgspec.Struct, frozen=True):
    """Somebody who was let in.

    Attributes:
        name: As in runs, audit record and logs.
        token: None for the user that runs Petit and for root: they may do all.
        session: What the cookie stood for that was shown instead of the token.
    """

    name: str
    token: Token | None = None
    session: Session | None = None

    def __str__(self) -> str:
        """Name them."""
        return self.name

    @property
    def scope(self) -> Scope:
        """What they may do at most."""
        return "admin" if self.token is None else self.token.scope

    @property
    def expires_at(self) -> Millis | None:
        """When they are nobody any more."""
        shown = self.token if self.session is None else self.session
        return None if shown is None else shown.expires_at

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
        self._tokens = Known(handle, handle.access.token_by_hash)
        self._sessions = Known(handle, handle.access.session)

    async def admit(self, peer: Peer, connection: Connection, *, is_foreign: bool = False) -> Caller:
        """Find out who is calling.

        A token counts where one is shown, else the cookie of a session, else the user at the other end; but
        not where that is a proxy, which passes on what anybody asks.

        Args:
            peer: The other end.
            connection: The request.
            is_foreign: A page of another origin asks, for which only a token speaks.

        Raises:
            NotAllowed: Nobody knows that they may call.
            BadToken: What they show is no token that is in force.
            TooManyGuesses: The same, once too often.
            ForeignRequest: Nothing says that it was a page of ours that sent the cookie.
        """
        shown = [value for name, value in connection["headers"] if name == b"authorization"]
        if len(shown) > 1:
            raise BadRequest("a request has one Authorization header at most")
        if shown:
            kind, _, secret = shown[0].decode("latin-1").strip().partition(" ")
            secret = secret.strip() if kind.lower() == "bearer" else ""
            token = await self.token_of(secret, address_of_peer(peer, connection))
            return Caller(f"token {token.name}", token)
        if is_foreign:
            raise NotAllowed("a page of another origin has to show a token")
        caller = await self.session_of(peer, connection)
        if caller is not None:
            return caller
        check_caller(NOBODY if is_forwarded(connection["headers"]) else peer, self._uids)
        return Caller(str(peer))

    async def token_of(self, secret: str, address: str) -> Token:
        """Return the token that has this secret, and is in force; raises BadToken, TooManyGuesses."""
        token = await self._tokens.find(hash_secret(secret)) if is_secret(secret) else None
        verdict = None if token is None else judge(token, "read", None, self._handle.now())
        if token is not None and verdict == "allowed":
            return token
        wrong = _UNKNOWN if verdict is None else _WRONG[verdict]
        wait_s = self._guesses.failed(address, asyncio.get_running_loop().time())
        if wait_s is None:
            raise BadToken(wrong)
        raise TooManyGuesses(
            f"{wrong}; too many wrong ones came from {address}", retry_after_s=int(wait_s) + 1
        )

    async def session_of(self, peer: Peer, connection: Connection) -> Caller | None:
        """Return whom the cookie of a session stands for; None where there is none that is worth anything.

        Raises:
            ForeignRequest: Nothing says that it was a page of ours that sent it, to change something.
        """
        shown = read_cookie([value for name, value in connection["headers"] if name == b"cookie"])
        found = None if shown is None else await self._sessions.find(hash_secret(shown))
        if found is None:
            return None
        (session, token), now = found, self._handle.now()
        if not session.is_for(peer.uid, now) or judge(token, "read", None, now) != "allowed":
            return None
        if connection["method"] not in SAFE_METHODS:
            expect_page(dict(connection["headers"]))
        return Caller(f"token {token.name}", token, session)

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
