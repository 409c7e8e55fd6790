from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.adapters.sqlite import Database, SqliteCandleStore
from chalicelib.domain import MINUTE_MS, Candle
from tests.support.effort import examples

SYMBOLS = ("BTCUSDT", "ETHUSDT")
CAPACITY = 16

prices = st.floats(min_value=0.0, max_value=1e12)
candles = st.builds(
    Candle,
    symbol=st.sampled_from(SYMBOLS),
    open_ms=st.integers(0, 60).map(lambda minute: minute * MINUTE_MS),
    open=prices,
    high=prices,
    low=prices,
    close=prices,
    volume=prices,
)
calls = st.lists(st.lists(candles, max_size=8), max_size=12)


@settings(max_examples=examples(150))
@given(calls, st.integers(-1, 61).map(lambda minute: minute * MINUTE_MS), st.integers(0, 20))
def test_the_newest_candles_are_those_first_stored(appended: list[list[Candle]], after_ms: int, limit: int) -> None:
    model: dict[tuple[str, int], Candle] = {}
    with Database(":memory:") as database:
        store = SqliteCandleStore(database)
        ring = SqliteCandleStore(database, CAPACITY)
        for batch in appended:
            before = len(model)
            for candle in batch:
                model.setdefault((candle.symbol, candle.open_ms), candle)
            assert store.append(batch) == len(model) - before
        for symbol in SYMBOLS:
            kept = [model[key] for key in sorted(model) if key[0] == symbol]
            assert store.last(symbol, limit) == kept[len(kept) - min(limit, len(kept)) :]
            assert store.after(symbol, after_ms, limit) == [c for c in kept if c.open_ms > after_ms][:limit]
            trigger = Candle(symbol, 96 * MINUTE_MS, 1.0, 1.0, 1.0, 1.0, 1.0)  # a minute at which every ring is cut
            assert ring.append([trigger]) == 1
            assert ring.last(symbol, 99) == [*kept, trigger][-CAPACITY:]
