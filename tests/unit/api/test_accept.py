from __future__ import annotations

import pytest

from petit.api.accept import preferred

OFFERED = ("text/plain", "application/x-ndjson", "text/event-stream")


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        pytest.param(None, 0, id="who does not say gets the usual"),
        pytest.param("*/*", 0, id="who takes everything gets the usual"),
        pytest.param("text/html, */*;q=0.8", 0, id="a browser gets the usual"),
        pytest.param("image/png", 0, id="who wants none of these gets the usual"),
        pytest.param("application/x-ndjson", 1, id="by name"),
        pytest.param("text/event-stream", 2, id="an EventSource"),
        pytest.param("TEXT/Event-Stream; q=0.5", 2, id="names are not case sensitive"),
        pytest.param("text/event-stream;q=0.4, application/x-ndjson;q=0.5", 1, id="the better liked"),
        pytest.param("application/x-ndjson, */*", 0, id="of equals the usual"),
        pytest.param("application/*", 1, id="any application type"),
        pytest.param("text/*, text/plain;q=0", 2, id="the closer wish counts"),
        pytest.param("text/event-stream;q=0", 0, id="refused by name"),
        pytest.param("application/x-ndjson;q=nonsense", 0, id="a number that is none"),
        pytest.param(", ;;,q=1", 0, id="nonsense"),
    ],
)
def test_the_best_liked_is_chosen(header: str | None, chosen: int) -> None:
    assert preferred(header, OFFERED) == OFFERED[chosen]
