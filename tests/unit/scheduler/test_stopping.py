"""Being told to stop a second time: which way of stopping wins, and until when it waits."""

from __future__ import annotations

import pytest
from tests.support.world import World

from petit.scheduler.commands import StopMode
from petit.testing.executor import HOLDS

Request = tuple[StopMode, int]

LEAVE: Request = ("leave", 0)
DRAIN: Request = ("leave", 60_000)
WAIT: Request = ("wait", 0)
CANCEL: Request = ("cancel", 0)


@pytest.mark.parametrize(
    ("first", "then", "end", "waited_ms"),
    [
        pytest.param(WAIT, LEAVE, "running", 0, id="a service's stop does not wait as a person's did"),
        pytest.param(WAIT, DRAIN, "running", 60_000, id="it drains from when it was asked for"),
        pytest.param(DRAIN, DRAIN, "running", 55_000, id="a second one does not drain longer"),
        pytest.param(DRAIN, LEAVE, "running", 0, id="one that does not drain cuts draining short"),
        pytest.param(DRAIN, CANCEL, "cancelled", 0, id="cancelling cuts draining short"),
        pytest.param(CANCEL, LEAVE, "cancelled", 0, id="what is being cancelled is not left running"),
        pytest.param(DRAIN, WAIT, "running", None, id="a person waits for as long as it takes"),
    ],
)
async def test_a_second_stop(
    world: World, first: Request, then: Request, end: str, waited_ms: int | None
) -> None:
    world.write(job="tasks: [{id: main, command: x}]")
    world.executor.default = HOLDS
    await world.start()
    run_id = await world.trigger("job")
    world.engine.request_stop(first[0], drain_ms=first[1])
    if first != CANCEL:
        await world.clock.advance(5_000)
    asked_at = world.clock.now()
    world.engine.request_stop(then[0], drain_ms=then[1])
    while world.engine.state().state != "stopped" and world.clock.now() - asked_at < 120_000:
        await world.clock.advance(10)
    if waited_ms is None:
        assert world.engine.state().state == "stopping"
        await world.kill()
    else:
        assert waited_ms <= world.clock.now() - asked_at <= waited_ms + 100
    assert (await world.run(run_id)).status == end
