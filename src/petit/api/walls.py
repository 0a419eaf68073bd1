"""Who may call, and from where: decided on each request before anything is looked at."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence

from petit.api.errors import BadRequest, ForeignRequest, NotAllowed
from petit.api.peers import Address, Peer

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_NAMES = ("localhost", "127.0.0.1", "[::1]")
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::([0-9]{1,5}))?")


def allowed_uids() -> frozenset[int]:
    """Return the users that need no token: the one who runs Petit, and root."""
    return frozenset({os.getuid(), 0})


def check_caller(peer: Peer, allowed: frozenset[int]) -> None:
    """Raise NotAllowed unless the peer is known to be one of these users."""
    if peer.uid is None:
        raise NotAllowed("nobody knows who is calling: from another machine or by a proxy a token is needed")
    if peer.uid not in allowed:
        raise NotAllowed(f"uid {peer.uid} needs a token: only the user that runs Petit, and root, do not")


class HostList:
    """The names under which the API may be addressed: whoever owns another name could rebind it to us.

    Beside them, the address that a connection came in on is right: an address in the Host header is nobody's
    name, and where the API is bound to all addresses of the machine there is no other list of them.
    """

    def __init__(self, bind_host: str, further: Iterable[str] = ()) -> None:
        self._names = frozenset(_normal(name) for name in (*_OWN_NAMES, bind_host, *further))
        self._passed: set[tuple[bytes, Address]] = set()  # as many as there are ways to write the names

    def check(self, headers: Sequence[tuple[bytes, bytes]], server: Address) -> None:
        """Check the Host headers of a request that came in on this address and port.

        A name stands for itself without a port and with the bound one; a name with a port only for itself.

        Raises:
            BadRequest: There is none, or there are several.
            ForeignRequest: It is not in the list.
        """
        hosts = [value for name, value in headers if name == b"host"]
        if len(hosts) != 1:
            raise BadRequest("a request needs exactly one Host header")
        if (hosts[0], server) in self._passed:
            return
        host = hosts[0].decode("latin-1").lower()
        if not self._allows(host, *server):
            raise ForeignRequest(
                "this name is not in the list of allowed hosts; `allowed_hosts` under [api] adds one",
                host=host[:255],
            )
        self._passed.add((hosts[0], server))

    def passed(self, host: bytes, server: Address) -> bool:
        """Say whether this one Host header was found right before."""
        return (host, server) in self._passed

    def _allows(self, host: str, address: str, port: int) -> bool:
        if host in self._names:
            return True
        found = _HOST.fullmatch(host)
        if found is None or found[2] not in {None, str(port)}:
            return False
        return found[1] in self._names or found[1] == _normal(address.partition("%")[0])


def _normal(name: str) -> str:
    name = name.lower()
    return f"[{name}]" if name.count(":") > 1 and not name.startswith("[") else name


def check_origin(headers: Mapping[str, str], scheme: str) -> None:
    """Let no web page of another origin change anything; not for SAFE_METHODS.

    Browsers send Origin with each changing request, and Sec-Fetch-Site where the page is not plain HTTP from
    another machine; other programs send neither. "same-site" is foreign too: a site is a name without port.

    Raises:
        ForeignRequest: The request was made by another origin's page.
    """
    site = headers.get("sec-fetch-site")
    if site is not None and site not in {"same-origin", "none"}:
        raise ForeignRequest("a page of another site may not change anything here", sec_fetch_site=site[:64])
    origin = headers.get("origin")
    if origin is not None:
        _check_own(origin, headers.get("host", ""), scheme)


def check_reader(headers: Mapping[bytes, bytes], scheme: str) -> None:
    """Let no web page of another origin load anything into itself; for GET and HEAD.

    It could not read what comes, but some elements tell it whether something came, and so which jobs there
    are; and it could hold streams open. A link to us is no part of a page: it opens one of ours.

    Raises:
        ForeignRequest: The browser says that another origin's page asks, and not to go there.
    """
    site = headers.get(b"sec-fetch-site", b"none")
    if site not in {b"same-origin", b"none"} and headers.get(b"sec-fetch-dest") != b"document":
        shown = site.decode("latin-1")[:64]
        raise ForeignRequest("a page of another site may link to this, not load it", sec_fetch_site=shown)
    origin = headers.get(b"origin")
    if origin is not None:
        host = headers.get(b"host", b"")
        _check_own(origin.decode("latin-1"), host.decode("latin-1"), scheme)


def _check_own(origin: str, host: str, scheme: str) -> None:
    # Where we do TLS, a page that came without is not ours: whoever is on the way could have written it.
    # Where we do not, a proxy may.
    host = host.lower()
    if host == "" or origin.lower() not in {f"https://{host}", f"{scheme}://{host}"}:
        raise ForeignRequest("a page of another origin may do nothing here", origin=origin[:255])


def binds_to_tls(host: str, server: Address) -> bool:
    """Say whether a browser that came by TLS may be told to come to this name by nothing else (RFC 6797).

    It would hold to that on every port of the name. So only where we have the port that is meant for TLS: on
    another one, it would keep the browser away from whatever else the machine serves without.
    """
    name = host.removesuffix(":443")
    return server[1] == 443 and name not in {"", "localhost"} and name[-1] != "]" and not name[-1].isdigit()
