"""Long work on the event loop, in pieces."""

from __future__ import annotations

import asyncio


async def let_others() -> None:
    """Return once all else that was ready has had its turn."""
    loop = asyncio.get_running_loop()
    turn: asyncio.Future[None] = loop.create_future()
    loop.call_soon(turn.set_result, None)
    await turn
