"""Answers that are still true are given again at once: no task, no request object, one write.

What a tagged GET answers depends on the state of the world, on what its caller may see and on what it asks
for, and on nothing else (decision 27). So its answer is kept for as long as that state lasts, and given again
to plain requests of the users who need no token. Whatever is not plain goes the long way, where it is decided
and logged: a method, a header or a name of this machine that is not known here to change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from petit.api.compression import is_large, takes_gzip, unchanged
from petit.api.context import Context
from petit.api.peers import Address, Peer
from petit.api.responses import TextResponse, has_tag
from petit.api.stamps import Header, Stamps
from petit.api.walls import HostList

State = tuple[int, int]
"""The number of the last change, and the engine's generation."""

MOST_KEPT = 64
MOST_BYTES = 1024 * 1024
"""Answers that are kept, and bytes of their bodies."""

_CHANGES_NOTHING = frozenset(
    {b"accept", b"accept-language", b"cache-control", b"connection", b"pragma", b"user-agent"}
)
_UNDERSTOOD = frozenset({b"host", b"if-none-match", b"accept-encoding", b"x-request-id"})


class Form(NamedTuple):
    """An answer as it is sent, but for the headers that differ each time: they come between head and body."""

    status: int
    head: bytes
    body: bytes


class Kept:
    """An answer that was given. Its forms, whole or unchanged, packed or not, are made when first needed."""

    __slots__ = ("_always", "_forms", "_is_large", "_response", "_tag", "route")

    def __init__(self, route: str, response: TextResponse, always: Sequence[Header]) -> None:
        self.route = route
        self._always = always
        self._response = response
        self._tag = response.headers["etag"]
        self._is_large = is_large(response)
        self._forms: dict[tuple[bool, bool], Form] = {}

    @property
    def size(self) -> int:
        """Bytes of its body."""
        return len(self._response.body)

    def form(self, tags: bytes | None, accepted: bytes | None) -> Form | None:
        """Return what suits a reader; None where nobody has packed it yet."""
        is_packed = self._is_large and accepted is not None and takes_gzip(accepted)
        which = (has_tag(tags, self._tag), is_packed)
        form = self._forms.get(which)
        if form is None:
            response = unchanged(self._response, accepted) if which[0] else self._whole(is_packed=is_packed)
            if response is not None:
                form = self._forms[which] = _form(response, self._always)
        return form

    def _whole(self, *, is_packed: bool) -> Response | None:
        return self._response.compressed if is_packed else self._response


class Shortcut:
    """Keeps answers, and gives them again."""

    def __init__(
        self,
        context: Context,
        stamps: Stamps,
        hosts: HostList,
        uids: frozenset[int],
        *,
        is_each_logged: Callable[[], bool],
    ) -> None:
        """Make one that has nothing to give yet.

        Args:
            context: Knows the state of the world, and counts answers.
            stamps: Makes the headers that differ.
            hosts: Names that were found right before are right again.
            uids: Users that need no token.
            is_each_logged: Whether each look has a line in the log: the long way writes it.
        """
        self._handle = context.handle
        self._counts = context.counts
        self._stamps = stamps
        self._hosts = hosts
        self._uids = uids
        self._is_each_logged = is_each_logged
        self._kept: dict[bytes, Kept] = {}
        self._size = 0
        self._state = self.state()

    def state(self) -> State:
        """Return what tells this state of the world from all others."""
        handle = self._handle
        return handle.database[1], handle.generation

    def keep(self, target: bytes, route: str, response: Response, state: State) -> None:
        """Keep what a user who needs no token got for a GET of `target`, begun in this state."""
        if not isinstance(response, TextResponse) or response.status_code != 200:
            return
        if "etag" not in response.headers or state != self.state():
            return
        if state != self._state:
            self._kept.clear()
            self._size = 0
            self._state = state
        kept = Kept(route, response, self._stamps.always)
        if len(self._kept) < MOST_KEPT and self._size + kept.size <= MOST_BYTES:
            self._size += kept.size
            self._kept[target] = kept

    def answer(
        self, peer: Peer, server: Address | None, target: bytes, heads: Sequence[Header]
    ) -> bytes | None:
        """Return the answer to a GET without a body, whole, as it is sent; None: it goes the long way."""
        kept = self._kept.get(target)
        if (
            kept is None
            or peer.uid not in self._uids
            or self._is_each_logged()
            or self._state != self.state()
        ):
            return None
        told = _understood(heads)
        if told is None or not self._is_right(peer, server, told.get(b"host")):
            return None
        form = kept.form(told.get(b"if-none-match"), told.get(b"accept-encoding"))
        if form is None:
            return None
        self._counts.answered("GET", kept.route, form.status)
        request_id = self._stamps.request_id(told.get(b"x-request-id")).encode("ascii")
        return b"%bdate: %b\r\nx-request-id: %b\r\n\r\n%b" % (
            form.head,
            self._stamps.date(),
            request_id,
            form.body,
        )

    def _is_right(self, peer: Peer, server: Address | None, host: bytes | None) -> bool:
        return host is not None and (peer.kind == "unix" or self._hosts.passed(host, server or ("", 0)))


def _understood(heads: Sequence[Header]) -> dict[bytes, bytes] | None:
    """Return the headers that matter; None where one may matter that is not understood here."""
    told: dict[bytes, bytes] = {}
    for name, value in heads:
        if name in _UNDERSTOOD and name not in told:
            told[name] = value
        elif name not in _CHANGES_NOTHING:
            return None
    return told


def _form(response: Response, always: Sequence[Header]) -> Form:
    heads = b"".join(b"%b: %b\r\n" % each for each in (*response.raw_headers, *always))
    return Form(response.status_code, STATUS_LINE[response.status_code] + heads, bytes(response.body))
