"""The HTTP API as an ASGI application."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from petit.api.audit import row_of
from petit.api.compression import fitting, unchanged
from petit.api.context import CALLER, CONTEXT, PEER, TAG, UNCHANGED, WELCOME, Context
from petit.api.cors import Cors, is_preflight, preflight
from petit.api.counts import NO_ROUTE
from petit.api.door import Caller, Door
from petit.api.errors import INTERNAL, ApiStopping, meaning_of
from petit.api.handlers.dashboard import missing
from petit.api.held import OVER
from petit.api.peers import NOBODY, Peer
from petit.api.responses import has_tag, problem_response, target_of
from petit.api.routes import PAGES, ROUTES
from petit.api.routing import Route, RouteTable
from petit.api.settings import ApiSettings
from petit.api.shortcut import Shortcut
from petit.api.stamps import Header, Stamps
from petit.api.walls import (
    SAFE_METHODS,
    HostList,
    allowed_uids,
    binds_to_tls,
    check_origin,
    check_reader,
)
from petit.core.clock import Entropy
from petit.core.errors import PetitError
from petit.scheduler.handle import SchedulerHandle
from petit.seams import SystemEntropy

_log = logging.getLogger(__name__)
_TLS: Header = (b"strict-transport-security", b"max-age=15552000")  # half a year


class Api:
    """Lets in who may call, finds the handler, turns errors into problems, logs a line for each request."""

    def __init__(
        self, handle: SchedulerHandle, settings: ApiSettings, routes: Iterable[Route], entropy: Entropy
    ) -> None:
        self.uids = allowed_uids()
        self._door = Door(handle, self.uids, settings.max_wrong_tokens)
        self.context = Context(handle, settings, entropy, self._door)
        self.settings = settings
        self._routes = RouteTable(routes)
        self._hosts = HostList(settings.host, settings.allowed_hosts)
        self.cors = Cors(settings.cors_origins)
        self.stamps = Stamps(handle.now, self.cors.usual)
        self.shortcut = Shortcut(
            self.context,
            self.stamps,
            self._hosts,
            self.uids,
            is_each_logged=lambda: _log.isEnabledFor(logging.DEBUG),
        )

    def close_held(self) -> None:
        """Let all that is held answer now: the server is about to close."""
        self.context.held.close()

    async def finish(self) -> None:
        """Write down what is left to be written of calls that were answered."""
        await self.context.handle.access.trail.flush()

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
        response = await fitting(response, call.heads.get(b"accept-encoding"))
        call.note(request, response)
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
            self._hosts.check(scope["headers"], scope.get("server") or ("", 0))
        if call.origin is None or (method not in SAFE_METHODS and b"authorization" not in call.heads):
            _check_page(request, call.heads)
        elif is_preflight(method, call.heads):
            return preflight()
        try:
            route, params = self._routes.find(method, scope["path"])
        except PetitError:
            if (page := await missing(request)) is not None:
                return page
            await self._admit(peer, call)  # what is served where is told to nobody else
            raise
        call.route = route.path
        scope["path_params"] = params
        if route.is_open:
            return await route.handler(request)
        caller = await self._admit(peer, call)
        await self._door.expect(caller, route, params)
        return await self._answer(request, call, route, caller)

    async def _admit(self, peer: Peer, call: _Call) -> Caller:
        scope = call.scope
        caller = await self._door.admit(peer, scope, is_foreign=call.origin is not None)
        scope[CALLER] = caller
        if caller.token is not None:
            scope[OVER] = partial(self.context.handle.access.over, caller.token, caller.session)
            if WELCOME in scope:
                scope[WELCOME]()
        return caller

    async def _answer(self, request: Request, call: _Call, route: Route, caller: Caller) -> Response:
        if not route.is_tagged:
            return await route.handler(request)
        # Taken before anything is read: what is read may be newer than its tag, never older.
        state = self.shortcut.state()
        tag = request.scope[TAG] = self.context.tag(caller.sight)
        response = await route.handler(request)
        if caller.token is None and request.method == "GET":
            self.shortcut.keep(target_of(request.scope), route.path, response, state)
        if "etag" in response.headers and has_tag(call.heads.get(b"if-none-match"), tag):
            return unchanged(response, call.heads.get(b"accept-encoding"))
        return response


def _check_page(request: Request, heads: Mapping[bytes, bytes]) -> None:
    """Let pages of other origins do what other pages may: link to us."""
    method, scheme = request.method, request.scope["scheme"]
    if method not in SAFE_METHODS:
        check_origin(request.headers, scheme)
    elif method != "OPTIONS":  # it asks what one may, and changes and tells nothing
        check_reader(heads, scheme)


class _Call:
    """What is noted of one request."""

    def __init__(self, scope: Scope, send: Send, api: Api) -> None:
        self.scope = scope
        self._send = send
        self._api = api
        self.heads: dict[bytes, bytes] = dict(scope["headers"])
        self.origin = api.cors.origin_of(self.heads)
        self.request_id = api.stamps.request_id(self.heads.get(b"x-request-id"))
        self.route = NO_ROUTE
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
            headers = [
                *message["headers"],
                *self._api.stamps.headers(self.request_id),
                *self._api.cors.headers(self.origin),
            ]
            message["headers"] = [*headers, _TLS] if self._binds_to_tls() else headers
        await self._send(message)

    def _binds_to_tls(self) -> bool:
        scope = self.scope
        if scope["scheme"] != "https":
            return False
        return binds_to_tls(self.heads.get(b"host", b"").decode("latin-1").lower(), scope["server"])

    def note(self, request: Request, response: Response) -> None:
        """Have a changing call written down, if somebody made it whom we know, whatever became of it."""
        is_change = self.scope["method"] not in SAFE_METHODS and UNCHANGED not in self.scope
        if is_change and CALLER in self.scope:
            self._api.context.handle.access.trail.note(row_of(request, response, self.request_id))

    def log(self) -> None:
        """Count the request and write its line (decision 28).

        A page that only looks, again and again, is worth none.
        """
        self._api.context.counts.answered(self.scope["method"], self.route, self.status)
        is_look = self.status < 400 and self.scope["method"] in SAFE_METHODS
        level = logging.DEBUG if is_look else logging.INFO
        if not _log.isEnabledFor(level):
            return
        ms = (asyncio.get_running_loop().time() - self._begun) * 1000
        facts = {
            "status": self.status,
            "ms": round(ms, 1),
            "request_id": self.request_id,
            "caller": str(self.scope.get(CALLER) or self.scope.get(PEER, NOBODY)),
        }
        _log.log(level, "%s %s", self.scope["method"], self.route, extra=facts)


def create_app(
    handle: SchedulerHandle,
    settings: ApiSettings,
    routes: Iterable[Route] = (*ROUTES, *PAGES),
    *,
    entropy: Entropy | None = None,
) -> Api:
    """Make the API's application for a scheduler; `entropy` is the machine's own unless another is given."""
    return Api(handle, settings, routes, entropy or SystemEntropy())
