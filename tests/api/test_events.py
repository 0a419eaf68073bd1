from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.follower import Event, Follower, follow
from tests.support.http import request
from tests.support.site import ONE_TASK, Site, site

from petit.api import event_stream
from petit.api.settings import ApiSettings
from petit.events.facts import TaskCompleted


def back(follower: Follower) -> dict[str, str]:
    assert follower.last_id is not None
    return {"Last-Event-ID": follower.last_id}


async def test_a_run_is_told_from_start_to_end(api: Site) -> None:
    follower = await follow(api)
    assert follower.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert follower.headers["cache-control"] == "no-store"
    run_id = await api.trigger("hello")
    await api.world.clock.advance(100)
    told = await follower.until("run_completed")
    assert [event.name for event in told] == [
        "run_started",
        "task_started",
        "task_completed",
        "run_completed",
    ]
    for event in told:
        assert (event.data["type"], event.data["run_id"], event.data["job_id"]) == (
            event.name,
            run_id,
            "hello",
        )
    ids = [tuple(map(int, str(event.id).split("-"))) for event in told]
    assert ids == sorted(set(ids))


async def test_what_is_not_of_a_run_is_told_too(api: Site) -> None:
    follower = await follow(api)
    await api.post("/api/jobs/ticking/pause", {"reason": "rest"})
    await api.world.clock.advance(301_000)
    await api.post("/api/jobs/ticking/resume")
    await api.post("/api/scheduler/pause")
    await api.post("/api/scheduler/resume")
    api.world.write(fresh=ONE_TASK)
    await api.post("/api/reload")
    told = await follower.until("jobs_reloaded")
    assert [event.name for event in told] == [
        "job_paused",
        "occurrence_skipped",
        "job_resumed",
        "scheduler_paused",
        "scheduler_resumed",
        "jobs_reloaded",
    ]
    assert (told[0].data["job_id"], told[0].data["reason"]) == ("ticking", "rest")
    assert told[-1].data["added"] == ["fresh"]


async def test_who_comes_back_misses_nothing_and_hears_nothing_twice(api: Site) -> None:
    whole = await follow(api)
    cut = await follow(api)
    heard: list[Event] = []
    for number in range(12):
        await api.trigger("hello")
        await api.world.clock.advance(100)
        if number % 3 == 0:
            heard.append(await cut.event() or pytest.fail("it ended"))
            await cut.connection.close()
            if number % 2:
                cut = await follow(api, **back(cut))
            else:
                cut = await follow(api, f"/api/events?last_event_id={cut.last_id}")
    expected = [await whole.event() for _ in range(48)]
    while len(heard) < 48:
        heard.append(await cut.event() or pytest.fail("it ended"))
    assert heard == expected


async def test_who_was_told_nothing_yet_can_come_back_too(api: Site) -> None:
    follower = await follow(api)
    follower._read(follower._unread.decode().strip())
    await follower.connection.close()
    run_id = await api.trigger("hello")
    again = await follow(api, **back(follower))
    event = await again.event()
    assert event is not None
    assert (event.name, event.data["run_id"]) == ("run_started", run_id)


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param("1-0", id="too old"),
        pytest.param("999999-0", id="another life"),
        pytest.param("x", id="no id of ours"),
        pytest.param("1.2-3", id="nor this"),
        pytest.param("9" * 30 + "-1", id="a large one"),
    ],
)
async def test_who_cannot_be_helped_is_told_to_begin_anew(api: Site, seen: str) -> None:
    follower = await follow(api, **{"Last-Event-ID": seen})
    event = await follower.event()
    assert event is not None
    assert (event.name, event.data) == ("reset", {"reason": "unknown_id"})
    run_id = await api.trigger("hello")
    event = await follower.event()
    assert event is not None
    assert (event.name, event.data["run_id"]) == ("run_started", run_id)


async def test_the_header_counts_before_the_query(api: Site) -> None:
    follower = await follow(api)
    await api.trigger("hello")
    event = await follower.event()
    assert event is not None
    await api.world.clock.advance(100)
    again = await follow(api, "/api/events?last_event_id=1-0", **{"Last-Event-ID": str(event.id)})
    assert (await again.event() or event).name == "task_started"


@pytest.mark.parametrize("query", ["last_event_id=1&last_event_id=2", f"last_event_id={'1' * 65}"])
async def test_wrong_parameters(api: Site, query: str) -> None:
    assert (await api.get(f"/api/events?{query}")).status == 400


async def test_a_run_has_events_of_its_own_and_an_end(api: Site) -> None:
    run_id = await api.trigger("chain")
    follower = await follow(api, f"/api/runs/{run_id}/events")
    await api.trigger("hello")
    await api.world.clock.advance(1_000)
    told = await follower.until("run_completed")
    assert {event.data["run_id"] for event in told} == {run_id}
    assert await follower.event() is None
    middle = str(told[1].id)
    again = await follow(api, f"/api/runs/{run_id}/events", **{"Last-Event-ID": middle})
    assert await again.until("run_completed") == told[2:]
    assert await again.event() is None


async def test_a_run_that_is_over_is_not_to_be_asked_again(api: Site) -> None:
    run_id = await api.trigger("hello")
    follower = await follow(api, f"/api/runs/{run_id}/events")
    await api.world.clock.advance(100)
    last = (await follower.until("run_completed"))[-1]
    for headers in ({}, {"Last-Event-ID": str(last.id)}):
        answer = await api.ask("GET", f"/api/runs/{run_id}/events", headers=headers)
        assert (answer.status, answer.body) == (204, b"")


async def test_events_of_a_run_that_never_was(api: Site) -> None:
    assert (await api.get("/api/runs/nothing/events")).status == 404


async def test_a_quiet_stream_says_that_it_is_alive(api: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "HEARTBEAT_S", 0.02)
    run_id = await api.trigger("hello")
    quiet = await follow(api, f"/api/runs/{run_id}/events")
    await api.trigger("chain")
    await asyncio.sleep(0.2)
    await api.world.clock.advance(1_000)
    await quiet.until("run_completed")
    assert quiet.comments >= 1


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Site]:
    async with site(tmp_path, ApiSettings(max_streams=2)) as made:
        yield made


async def test_there_are_only_so_many_streams(two: Site) -> None:
    first, second = await follow(two), await follow(two)
    refused = await two.get("/api/events")
    assert (refused.status, refused.json()["limit"], "retry-after" in refused.headers) == (503, 2, True)
    await first.connection.close()
    await two.until(lambda: two.server._app.context.held.streams == 1)
    assert (await follow(two)).status == 200
    assert second.status == 200


async def test_streams_end_at_once_when_the_server_closes(api: Site) -> None:
    follower = await follow(api)
    closing = asyncio.ensure_future(api.server.close(grace_s=5))
    assert await follower.event() is None
    await asyncio.wait_for(closing, 1)


async def test_a_reader_who_is_too_slow_is_told_to_begin_anew(api: Site) -> None:
    feed = api.handle.feed
    feed._max_facts = 4
    follower = await follow(api)
    for _ in range(3):
        await api.world.trigger("hello")
        await api.world.clock.advance(100)
    api.handle.feed.add(api.world.facts[-1])
    names = [event.name for event in await follower.until("reset")]
    assert names[-1] == "reset"


async def test_a_reader_who_never_reads_is_left_and_holds_little(tmp_path: Path) -> None:
    async with site(tmp_path, ApiSettings(stall_s=0.3)) as api:
        connection = await api.connect_unix()
        await connection.send(request("GET", "/api/events", {"Host": "localhost"}))
        await connection.head()
        held, feed = api.server._app.context.held, api.handle.feed
        (server_side,) = api.server._state.connections
        unsent = server_side.transport.get_extra_info("socket").getsockopt(
            socket.SOL_SOCKET, socket.SO_SNDBUF
        )
        most = 0
        while held.streams:
            for number in range(500):
                feed.add(TaskCompleted(at=number, run_id="r", job_id="j", task_id="t", attempt=1))
            await asyncio.sleep(0.005)
            most = max(most, server_side.transport.get_write_buffer_size())
        assert most <= 256 * 1024
        assert unsent <= 4 * 128 * 1024, "what the kernel holds for it"
        assert sum(len(entry.block or b"") for entry in feed.entries(0)) <= 4 * 1024 * 1024


async def test_head_of_a_stream_has_no_body(api: Site) -> None:
    answer = await api.ask("HEAD", "/api/events")
    assert (answer.status, answer.body) == (200, b"")
    assert api.server._app.context.held.streams == 0
