"""A position that is left in parts replays clean, each part under an id of its own."""

from __future__ import annotations

from tests.support.markets import wave
from tests.support.replays import replayed
from tests.support.world import World

SETTINGS = (
    *("risk.take_profit=0", "risk.take_profits=0.002:0.3 0.004:0.3 0.006:0.4", "risk.break_even_at=0.001"),
    *("risk.max_bars_held=25", "risk.max_entries=3"),
)


def test_parts_replay_clean() -> None:
    world = World([wave("AAAUSDT", 200, 1), wave("BBBUSDT", 200, 2)], SETTINGS)
    with world.database.transaction():
        world.run()
    record = world.record()
    result = replayed(world.database, world.rules)
    world.close()
    parts = [trade.position for trade in record.trades]
    assert len(set(parts)) < len(parts)
    assert [each.words for each in result.differences] == []
    assert (result.differing, len(record.trades) > 4) == (0, True)
