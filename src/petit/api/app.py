"""The HTTP API as an ASGI application."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from email.utils import formatdate

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from petit.api.context import CONTEXT, PEER, TAG, Context
from petit.api.errors import INTERNAL, ApiStopping, meaning_of
from petit.api.peers import NOBODY, Peer
from petit.api.responses import not_modified, problem_response
from petit.api.routes import ROUTES
from petit.api.routing import Route, RouteTable
from petit.api.settings import ApiSettings
from petit.api.walls import SAFE_METHODS, HostList, allowed_uids, check_caller, check_origin
from petit.core.errors import PetitError
from petit.scheduler.handle import SchedulerHandle

_log = logging.getLogger(__name__)
_PLAIN_ID = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
_LONGEST_ID = 64
_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class Api:
    """Lets in who may call, finds the handler, turns errors into problems, logs a line for each request."""

    def __init__(self, handle: SchedulerHandle, settings: ApiSettings, routes: Iterable[Route]) -> None:
        self.context = Context(handle, settings)
        self.settings = settings
        self._routes = RouteTable(routes)
        self._hosts = HostList(settings.host, settings.allowed_hosts)
        self.uids = allowed_uids()
        self._requests = 0
        self._id_prefix = f"{handle.now():x}"
        self._date: tuple[int, bytes] = (-1, b"")

    def close_held(self) -> None:
        """Let all that is held answer now: the server is about to close."""
        self.context.held.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise RuntimeError(f"{scope['type']} is not served here")
        call = _Call(scope, send, self)
        scope[CONTEXT] = self.context
        request = Request(scope, receive)
        try:
            response = await self._respond(request, call)
        except asyncio.CancelledError:  # only the closing server does this, and waits for the answer
            response = call.problem(request, ApiStopping("the API is closing: this took too long"))
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer
            response = call.problem(request, error)
        try:
            await response(scope, receive, call.send)
        except Exception:  # noqa: BLE001 - the connection is closed, whatever it is
            _log.exception("an answer was broken off", extra={"request_id": call.request_id})
        finally:
            call.log()

    async def _respond(self, request: Request, call: _Call) -> Response:
        scope = request.scope
        method: str = scope["method"]
        peer: Peer = scope.setdefault(PEER, NOBODY)
        if peer.kind == "tcp":  # no web page reaches a Unix socket
            self._hosts.check(scope["headers"], (scope.get("server") or ("", 0))[1])
        if method not in SAFE_METHODS:
            check_origin(request.headers)
        try:
            route, params = self._routes.find(method, scope["path"])
        except PetitError:
            check_caller(peer, self.uids)  # what is served where is told to nobody else
            raise
        call.route = route.path
        if not route.is_open:
            check_caller(peer, self.uids)
        scope["path_params"] = params
        if not route.is_tagged:
            return await route.handler(request)
        # Taken before anything is read: what is read may be newer than its tag, never older.
        tag = scope[TAG] = self.context.tag()
        response = await route.handler(request)
        return not_modified(tag) if has_tag(call.heads.get(b"if-none-match"), tag) else response

    def request_id(self, given: bytes | None) -> str:
        """Return the caller's own id for the request where it is a plain one, else a new one."""
        if given and len(given) <= _LONGEST_ID and _PLAIN_ID.issuperset(given):
            return given.decode("ascii")
        self._requests += 1
        return f"{self._id_prefix}-{self._requests}"

    def date(self) -> bytes:
        """Return the Date header's value; it is made once a second."""
        second = self.context.handle.now() // 1000
        if second != self._date[0]:
            self._date = (second, formatdate(second, usegmt=True).encode("ascii"))
        return self._date[1]


class _Call:
    """What is noted of one request."""

    def __init__(self, scope: Scope, send: Send, api: Api) -> None:
        self._scope = scope
        self._send = send
        self._api = api
        self.heads: dict[bytes, bytes] = dict(scope["headers"])
        self.request_id = api.request_id(self.heads.get(b"x-request-id"))
        self.route = "-"
        self.status = 0
        self._begun = asyncio.get_running_loop().time()

    def problem(self, request: Request, error: BaseException) -> Response:
        """Answer with an error; what nobody meant to happen is logged in full, and told in short."""
        if meaning_of(error) == INTERNAL:
            _log.error("a request failed", exc_info=error, extra={"request_id": self.request_id})
        return problem_response(request, error, self.request_id)

    async def send(self, message: Message) -> None:
        """Send on, with the headers that every answer has."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [
                *message["headers"],
                *_ALWAYS,
                (b"date", self._api.date()),
                (b"x-request-id", self.request_id.encode("ascii")),
            ]
        await self._send(message)

    def log(self) -> None:
        """Write the request's line (decision 28). A page that only looks, again and again, is worth none."""
        is_look = self.status < 400 and self._scope["method"] in SAFE_METHODS
        level = logging.DEBUG if is_look else logging.INFO
        if not _log.isEnabledFor(level):
            return
        ms = (asyncio.get_running_loop().time() - self._begun) * 1000
        facts = {
            "status": self.status,
            "ms": round(ms, 1),
            "request_id": self.request_id,
            "caller": str(self._scope.get(PEER, NOBODY)),
        }
        _log.log(level, "%s %s", self._scope["method"], self.route, extra=facts)


def has_tag(header: bytes | None, tag: str) -> bool:
    """Say whether If-None-Match names this tag, weakly or strongly."""
    if header is None:
        return False
    named = header.decode("latin-1").split(",")
    return any(each.strip().removeprefix("W/") == tag for each in named)


def create_app(handle: SchedulerHandle, settings: ApiSettings, routes: Iterable[Route] = ROUTES) -> Api:
    """Make the API's application for a scheduler."""
    return Api(handle, settings, routes)
