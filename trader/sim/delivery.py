"""Sending a WebSocket message, unless a fault gets in the way."""

from __future__ import annotations

import asyncio

from starlette.websockets import WebSocket

from trader.sim.faults import FaultPlan
from trader.sim.transport import ABORT


async def deliver(websocket: WebSocket, text: str, faults: FaultPlan) -> bool:
    """Send it late, broken or twice, as the plan draws; False when the connection is gone."""
    if faults.strikes("delay"):
        await asyncio.sleep(faults.duration_s("delay"))
    if faults.strikes("cut"):
        await websocket.close(ABORT)
        return False
    if faults.strikes("garbage"):
        text = text[: len(text) * 2 // 3]
    await websocket.send_text(text)
    if faults.strikes("duplicate"):
        await websocket.send_text(text)
    return True
