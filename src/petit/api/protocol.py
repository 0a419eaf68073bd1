"""uvicorn's HTTP/1.1 protocol, with limits on slow and huge requests, and the peer's uid."""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import Any, cast

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from petit.api.app import Api
from petit.api.context import ABORT, NARROW, PEER, WELCOME
from petit.api.counts import NO_ROUTE
from petit.api.errors import PROBLEM_JSON, BadRequest, HeadTooLarge, RequestTooSlow, problem
from petit.api.guessing import network_of
from petit.api.one_write import OneWrite
from petit.api.peers import NOBODY, PROXY, Address, Peer, SocketTable, unix_peer
from petit.core.errors import PetitError

_log = logging.getLogger(__name__)

# The application answers and logs whatever goes wrong in it; uvicorn's words on it would be the same again.
_SILENT = logging.getLogger("petit.api.protocol.uvicorn")
_SILENT.setLevel(logging.CRITICAL + 1)

_MOST_SURPLUS = 8
"""Bodies that nobody reads are taken in up to this many times the limit, so that the answer arrives."""


_MOST_UNSENT = 128 * 1024
"""Bytes that the kernel takes for a stream's reader who takes none; by itself it takes megabytes."""

_LONGEST_PIPELINE = 64
"""Requests that one connection may send ahead."""

_BITE = 4096
"""Bytes that the parser gets between two looks at the limits."""

_MOST_HEADERS = 256
"""They may be a few more where they come in one bite."""

_MOST_CHUNKS = 4096
_CRUMBLED = f"a body may come in {_MOST_CHUNKS} chunks at most"


class Protocol(HttpToolsProtocol):
    """One connection.

    From its first byte a request has `head_timeout_s` for its head, then `body_timeout_s` for its body.
    uvicorn itself would wait for ever, and take a head of any size.
    """

    def __init__(self, config: Config, state: ServerState, api: Api, table: SocketTable) -> None:
        super().__init__(config, state, {}, asyncio.get_running_loop())
        self.logger = _SILENT
        self.access_log = False  # whoever has given that logger handlers: paths may hold what is secret
        self._api = api
        self._settings = api.settings
        self._table = table
        self._peer = NOBODY
        self._network = ""
        self._unsent = 0
        self._timer: asyncio.TimerHandle | None = None
        self._goodbye: asyncio.TimerHandle | None = None
        self._is_welcome = False
        self._in_head = True
        self._in_body = False
        self._is_answered = False  # without a cycle of uvicorn's
        self._is_http = True
        self._chunks = 0
        self.headers = []
        self._received = 0  # bytes of this request's head, then of its body

    # --- the connection -------------------------------------------------------------------------------------
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to serve, unless nobody is there or no room; under TLS, `arrive` has said that there is."""
        transport = cast(asyncio.Transport, transport)  # uvloop derives its own from nothing of asyncio
        has_arrived = self in self.connections
        super().connection_made(cast(asyncio.Transport, OneWrite(transport, self.loop)))
        if not has_arrived and not self._is_let_in(self._peer_of(transport)):
            transport.abort()
            return
        self._set_timer(self._settings.head_timeout_s)

    def arrive(self, remote: Address, local: Address) -> bool:
        """Take note of a connection that is not private yet; False where nobody is there, or no room."""
        self.connections.add(self)
        if self._is_let_in(self._peer_at(remote, local)):
            return True
        self.depart()
        return False

    def depart(self) -> None:
        """Forget one that never became private."""
        self.connections.discard(self)

    def _is_let_in(self, peer: Peer) -> bool:
        self._peer = peer
        if peer.is_gone or len(self.connections) > self._settings.max_connections:
            return False
        return not (self.is_guest and self._is_one_guest_too_many())

    @property
    def is_guest(self) -> bool:
        """Whether nobody knows that this user may call, and no token was shown that says so."""
        return self._peer.uid not in self._api.uids and not self._is_welcome

    def _welcome(self) -> None:
        self._is_welcome = True

    def _narrow(self) -> None:
        sock = self.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _MOST_UNSENT)

    def _is_one_guest_too_many(self) -> bool:
        """Say whether there is no room for this one: guests of one address leave some to those of others."""
        guests = [each for each in self.connections if isinstance(each, Protocol) and each.is_guest]
        if len(guests) > self._settings.max_connections // 2:
            return True
        near = sum(each._network == self._network for each in guests)
        return near > self._settings.max_guests and not self._peer.is_proxy

    def _peer_of(self, transport: asyncio.Transport) -> Peer:
        sock = transport.get_extra_info("socket")
        if sock.family == socket.AF_UNIX:
            return unix_peer(sock)
        remote, local = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        if remote is None or local is None:
            return NOBODY
        return self._peer_at(remote, local)

    def _peer_at(self, remote: Address, local: Address) -> Peer:
        self._network = network_of(remote[0])
        if self._settings.is_behind_proxy:
            return PROXY
        return self._table.owner(remote[:2], local[:2])

    def eof_received(self) -> None:
        """Give who says goodbye a while to take the rest: if they never do, the connection is never lost."""
        self._goodbye = self.loop.call_later(self._settings.keep_alive_s, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection, also what was queued on it."""
        self._clear_timer()
        if self._goodbye is not None:
            self._goodbye.cancel()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)
        # What holds the connection and is held by it: a flood's heads would wait for the garbage collector.
        del self.parser, self.scope, self.headers

    # --- receiving ------------------------------------------------------------------------------------------
    def data_received(self, data: bytes) -> None:
        """Feed the parser bit by bit, and see that what it takes in stays within the limits.

        At once there may be a quarter of a megabyte: thousands of requests, or fifty thousand headers.
        """
        if self.transport.is_closing():
            return
        self._unset_keepalive_if_required()
        for start in range(0, len(data), _BITE):
            self._feed(data[start : start + _BITE])
            if self.transport.is_closing() or not self._is_http:
                return

    def _feed(self, data: bytes) -> None:
        self._received += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # Nothing is upgraded: the request is answered as it is, and what follows would be no HTTP.
            self._is_http = self.cycle.keep_alive = False
        except httptools.HttpParserError:
            is_crumbled = self._chunks > _MOST_CHUNKS
            self._refuse(BadRequest(_CRUMBLED if is_crumbled else "this is no HTTP/1.1 request"))
            return
        self._check_limits()

    def _check_limits(self) -> None:
        if self._in_head and self._received > self._settings.max_head:
            limit = self._settings.max_head
            self._refuse(
                HeadTooLarge(f"request line and headers may have {limit} bytes at most", limit=limit)
            )
        elif self._in_head and self._received and len(self.headers) > _MOST_HEADERS:
            self._refuse(HeadTooLarge(f"a request may have {_MOST_HEADERS} headers", limit=_MOST_HEADERS))
        elif self._is_flooding():
            self.transport.abort()
        elif self._timer is None and (self._in_body or self._received):
            self._set_timer(self._settings.head_timeout_s if self._in_head else self._settings.body_timeout_s)

    def _is_flooding(self) -> bool:
        is_surplus = self._in_body and self._received > _MOST_SURPLUS * self._settings.max_body
        return is_surplus or len(self.pipeline) > _LONGEST_PIPELINE

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._in_head, self._in_body = True, False
        scope: dict[str, Any] = cast(dict[str, Any], self.scope)  # ASGI lets servers add members
        scope[PEER] = self._peer
        scope[ABORT] = self.transport.abort
        scope[NARROW] = self._narrow
        scope[WELCOME] = self._welcome

    def on_headers_complete(self) -> None:
        """Go on with the body."""
        self._clear_timer()
        self._in_head, self._in_body = False, True
        self._received = self._chunks = 0
        answer = self._known_answer()
        if answer is None:
            super().on_headers_complete()
        else:
            self._is_answered = True
            self.transport.write(answer)
            self.on_response_complete()

    def _known_answer(self) -> bytes | None:
        """Return what is still true, where this is all that there is to be answered on the connection now."""
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request, unlike uvicorn says
        is_plain = (
            self.parser.get_method() == b"GET"
            and self.scheme == "http"  # with TLS, answers differ by the name that was asked for
            and (cycle is None or cycle.response_complete)
            and self.parser.should_keep_alive()
            and self.parser.get_http_version() == "1.1"
            and not self.flow.write_paused
        )
        if not is_plain or self.transport.is_closing():
            return None
        server = cast(Address | None, self.server)  # a Unix socket has none
        return self._api.shortcut.answer(self._peer, server, self.url, self.headers)

    def on_chunk_header(self) -> None:
        """Count: each chunk costs the same, of a byte or of a thousand."""
        self._chunks += 1
        if self._chunks > _MOST_CHUNKS:
            raise ValueError(_CRUMBLED)  # the parser stops here

    def on_message_complete(self) -> None:
        """Have all of a request."""
        self._clear_timer()
        self._in_head, self._in_body = True, False
        self._received = 0
        if self._is_answered:
            self._is_answered = False
        else:
            super().on_message_complete()

    # --- limits ---------------------------------------------------------------------------------------------
    def _set_timer(self, seconds: float) -> None:
        self._clear_timer()
        self._timer = self.loop.call_later(seconds, self._too_slow)

    def _clear_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_slow(self) -> None:
        self._timer = None
        if self._in_head and self._received == 0:
            self.transport.close()  # connected, and never asked anything
        elif self._in_head:
            seconds = self._settings.head_timeout_s
            self._refuse(RequestTooSlow(f"request line and headers did not arrive within {seconds:g} s"))
        elif self.cycle.response_started:
            self.transport.abort()
        else:
            # A handler that reads the body has the same limit and answers; one that does not goes on.
            self._set_timer(self._settings.body_timeout_s)

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection; one whose last answer nobody takes would never close by itself."""
        unsent = self.transport.get_write_buffer_size()
        if unsent == 0:
            super().timeout_keep_alive_handler()
        elif unsent == self._unsent:
            self.transport.abort()
        else:
            self._unsent = unsent
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _refuse(self, error: PetitError) -> None:
        """Answer what never became a whole request, unless another one is being answered, and close."""
        self._clear_timer()
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request, unlike uvicorn says
        if cycle is None or cycle.response_complete:
            self.transport.write(self._bare_answer(error))
        elif self._in_body and not cycle.response_started and not self.pipeline:
            cycle.disconnected = True  # the handler that waits for the rest of the body answers no more
            cycle.message_event.set()
            self.transport.write(self._bare_answer(error))
        self.transport.close()

    def _bare_answer(self, error: PetitError) -> bytes:
        request_id = self._api.stamps.request_id(None)
        status, body = problem(error, instance="", request_id=request_id)
        self._api.context.counts.answered("-", NO_ROUTE, status)
        head = {
            "content-type": PROBLEM_JSON,
            "content-length": str(len(body)),
            "x-content-type-options": "nosniff",
            "x-request-id": request_id,
            "cache-control": "no-store",
            "connection": "close",
        }
        _log.info("- -", extra={"status": status, "request_id": request_id, "caller": str(self._peer)})
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        return STATUS_LINE[status] + lines.encode("ascii") + b"\r\n" + body


def server_config(api: Api) -> Config:
    """Return uvicorn's configuration with everything off that is not wanted: logs, proxies, lifespan."""
    config = Config(
        api,
        http=Protocol,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=api.settings.keep_alive_s,
    )
    config.load()
    return config
