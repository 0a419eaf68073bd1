"""From method and path to a handler. A path without parameters costs one look-up."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from petit.api.errors import MethodNotAllowed, NoSuchRoute
from petit.core.tokens import Scope

Handler = Callable[[Request], Awaitable[Response]]
_PARAMETER = re.compile(r"\{([a-z_]+)\}")


class Route(msgspec.Struct, frozen=True):
    """One method of one path.

    Attributes:
        method: A GET answers HEAD too; OPTIONS is answered everywhere.
        path: With `{name}` for a part that may be anything without a slash.
        handler: Reads, calls one thing, answers. Its docstring is the route's description in the
            API document; what else that says of the route is in `petit.api.openapi.operations`.
        is_tagged: It carries an ETag: no member of the answer depends on the clock (decision 27).
        is_open: Everybody may ask who gets as far as here.
        scope: What a token must be good for; None means "read" for a GET, "admin" for all else.
    """

    method: str
    path: str
    handler: Handler
    is_tagged: bool = False
    is_open: bool = False
    scope: Scope | None = None

    @property
    def needs(self) -> Scope:
        """What a token must be good for."""
        return self.scope or ("read" if self.method == "GET" else "admin")


class RouteTable:
    """Finds routes."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._plain: dict[str, dict[str, Route]] = {}
        self._patterns: list[tuple[re.Pattern[str], dict[str, Route]]] = []
        by_path: dict[str, dict[str, Route]] = {}
        for route in routes:
            methods = by_path.setdefault(route.path, {})
            methods[route.method] = route
            if route.method == "GET":
                methods["HEAD"] = route
        for path, methods in by_path.items():
            methods["OPTIONS"] = _telling(path, ", ".join(sorted([*methods, "OPTIONS"])))
            if "{" in path:
                self._patterns.append((_pattern(path), methods))
            else:
                self._plain[path] = methods

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """Return the route and the parameters in the path.

        Raises:
            NoSuchRoute: Nothing is at this path.
            MethodNotAllowed: Something is, but not with this method.
        """
        methods, params = self._at(path)
        route = methods.get(method)
        if route is None:
            raise MethodNotAllowed(method, path, sorted(methods))
        return route, params

    def _at(self, path: str) -> tuple[dict[str, Route], dict[str, str]]:
        methods = self._plain.get(path)
        if methods is not None:
            return methods, {}
        for pattern, with_parameters in self._patterns:
            found = pattern.fullmatch(path)
            if found is not None:
                return with_parameters, found.groupdict()
        raise NoSuchRoute(f"nothing is served at {path[:255]}")


def _telling(path: str, allowed: str) -> Route:
    """Return the route that tells which methods are possible on a path, to those who may call at all."""

    async def tell(_request: Request) -> Response:
        return Response(b"", 204, {"allow": allowed, "cache-control": "no-store"})

    return Route("OPTIONS", path, tell, scope="read")


def _pattern(path: str) -> re.Pattern[str]:
    parts = _PARAMETER.split(path)  # text and names alternate
    return re.compile(
        "".join(f"(?P<{part}>[^/]+)" if at % 2 else re.escape(part) for at, part in enumerate(parts)),
        re.DOTALL,
    )
