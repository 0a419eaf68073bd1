from __future__ import annotations

import pytest
from starlette.requests import Request
from starlette.responses import Response

from petit.api.errors import MethodNotAllowed, NoSuchRoute
from petit.api.routes import ROUTES
from petit.api.routing import Route, RouteTable


async def handler(_request: Request) -> Response:
    return Response()


TABLE = RouteTable(
    [
        Route("GET", "/plain", handler),
        Route("GET", "/things/{thing}", handler),
        Route("POST", "/things/{thing}", handler),
        Route("GET", "/things/{thing}/parts/{part}", handler),
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "found", "params"),
    [
        ("GET", "/plain", "/plain", {}),
        ("HEAD", "/plain", "/plain", {}),
        ("POST", "/things/a", "/things/{thing}", {"thing": "a"}),
        ("GET", "/things/a.b-c", "/things/{thing}", {"thing": "a.b-c"}),
        ("GET", "/things/\n", "/things/{thing}", {"thing": "\n"}),
        ("GET", "/things/a/parts/b", "/things/{thing}/parts/{part}", {"thing": "a", "part": "b"}),
    ],
)
def test_paths_that_are_served(method: str, path: str, found: str, params: dict[str, str]) -> None:
    route, given = TABLE.find(method, path)
    assert (route.path, given) == (found, params)


@pytest.mark.parametrize(
    "path", ["", "/", "/plain/", "/Plain", "/things", "/things/", "/things/a/b", "/things/a\n/x"]
)
def test_paths_that_are_not(path: str) -> None:
    with pytest.raises(NoSuchRoute):
        TABLE.find("GET", path)


def test_a_method_that_is_not_possible_is_told_with_those_that_are() -> None:
    with pytest.raises(MethodNotAllowed) as caught:
        TABLE.find("PUT", "/things/a")
    assert caught.value.evidence["allowed"] == ["GET", "HEAD", "OPTIONS", "POST"]


def test_no_route_is_written_twice_and_all_are_described() -> None:
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)
    for route in ROUTES:
        assert route.handler.__doc__, route.path


def test_what_holds_data_is_not_open_and_only_gets_are_tagged() -> None:
    assert {(route.method, route.path) for route in ROUTES if route.is_open} == {
        ("GET", "/"),
        ("GET", "/api/health/live"),
        ("POST", "/api/session"),
        ("DELETE", "/api/session"),
    }
    assert {route.method for route in ROUTES if route.is_tagged} == {"GET"}
