"""Generated markets: the same for a seed however they are asked for, and alive enough to trade in."""

from __future__ import annotations

from itertools import islice, pairwise
from statistics import mean, pstdev

import pytest

from chalicelib.domain import MINUTE_MS, Candle
from chalicelib.errors import BadInput
from chalicelib.kernel.indicators import RSI_START, rsi_step, rsi_value
from trader.sim.generator import Step, generate
from trader.sim.listing import generated_listing
from trader.sim.tape import generated_tapes

START_MS = 1_700_000_040_000


def steps(count: int, symbol: str = "BTCUSDT", seed: int = 1) -> list[Step]:
    return list(islice(generate(seed, generated_listing(symbol), START_MS), count))


@pytest.fixture(scope="module")
def market() -> list[Candle]:
    return [candle for candle, _ in steps(30_000)]


def test_a_seed_gives_exactly_these_candles_everywhere() -> None:
    assert [candle.close for candle, _ in steps(4, "ETHUSDT", 42)] == [3500.79, 3502.48, 3509.93, 3517.69]


def test_a_candle_depends_on_neither_how_many_are_asked_for_nor_on_other_symbols() -> None:
    alone = generated_tapes(5, ["ETHUSDT"], START_MS)["ETHUSDT"]
    among = generated_tapes(5, ["BTCUSDT", "ETHUSDT", "SOLUSDT"], START_MS)["ETHUSDT"]
    end_ms = START_MS + 2_000 * MINUTE_MS
    first = list(alone.forward(START_MS, START_MS + 10 * MINUTE_MS))
    assert list(among.forward(START_MS, end_ms))[: len(first)] == first
    assert list(alone.forward(START_MS, end_ms)) == list(among.forward(START_MS, end_ms))


def test_seeds_and_symbols_differ() -> None:
    assert steps(50) != steps(50, seed=2)
    assert [c.close for c, _ in steps(50, "XRPUSDT")] != [c.close for c, _ in steps(50, "ADAUSDT")]


def test_every_candle_is_a_market_on_ticks_and_lots(market: list[Candle]) -> None:
    for before, candle in pairwise(market):
        assert 0.0 < candle.low <= min(candle.open, candle.close) <= max(candle.open, candle.close) <= candle.high
        assert candle.volume > 0.0
        assert candle.open_ms > before.open_ms
        assert (candle.open_ms - START_MS) % MINUTE_MS == 0
        assert round(candle.close, 2) == candle.close
        assert round(candle.volume, 5) == candle.volume
        assert candle.open == before.close or candle.open_ms > before.open_ms + MINUTE_MS


def test_some_minutes_are_missing_but_few(market: list[Candle]) -> None:
    spanned = (market[-1].open_ms - market[0].open_ms) // MINUTE_MS + 1
    assert 0 < spanned - len(market) < len(market) / 100


def test_returns_have_fat_tails_and_volatility_clusters(market: list[Candle]) -> None:
    returns = [b.close / a.close - 1.0 for a, b in pairwise(market)]
    deviation = pstdev(returns)
    assert 0.001 < deviation < 0.002
    assert mean((value / deviation) ** 4 for value in returns) > 4.5  # 3 is normal
    sizes = [abs(value) for value in returns]
    centre, spread = mean(sizes), pstdev(sizes)
    lagged = mean((a - centre) * (b - centre) for a, b in zip(sizes, sizes[10:], strict=False))
    assert lagged / spread**2 > 0.05


def test_rsi_crosses_its_thresholds_about_three_times_in_a_hundred_minutes(market: list[Candle]) -> None:
    state, previous, crossings = RSI_START, 50.0, 0
    for candle in market:
        state = rsi_step(state, candle.close, 14)
        rsi = rsi_value(state, 14)
        if rsi < 30.0 <= previous or rsi > 70.0 >= previous:
            crossings += 1
        previous = rsi if rsi == rsi else 50.0
    assert 1.5 < crossings / len(market) * 100 < 6.0


def test_stops_and_take_profits_are_both_met_within_hundreds_of_minutes(market: list[Candle]) -> None:
    stops = profits = 0
    for first in range(0, len(market) - 500, 250):
        entry = market[first].close
        for candle in market[first + 1 : first + 500]:
            if candle.low <= entry * 0.98 or candle.high >= entry * 1.04:
                stops, profits = stops + (candle.low <= entry * 0.98), profits + (candle.high >= entry * 1.04)
                break
    assert stops > 20
    assert profits > 10


def test_mood_leads_the_price_loosely() -> None:
    walked = steps(30_000)
    pairs = [(walked[k][1], walked[k + 60][0].close / walked[k][0].close - 1.0) for k in range(0, 29_900, 30)]
    moods, changes = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    product = mean(mood * change for mood, change in pairs) - mean(moods) * mean(changes)
    assert 0.15 < product / (pstdev(moods) * pstdev(changes)) < 0.6


def test_symbols_move_together_mildly() -> None:
    btc, eth = ([c.close / c.open - 1.0 for c, _ in steps(5_000, name)] for name in ("BTCUSDT", "ETHUSDT"))
    # Without gaps up to the first of either, both lists are of the same minutes.
    same = min(first_gap(name) for name in ("BTCUSDT", "ETHUSDT"))
    btc, eth = btc[:same], eth[:same]
    product = mean(a * b for a, b in zip(btc, eth, strict=True)) - mean(btc) * mean(eth)
    assert 0.2 < product / (pstdev(btc) * pstdev(eth)) < 0.7


def first_gap(symbol: str) -> int:
    walked = steps(5_000, symbol)
    return next(k for k, (candle, _) in enumerate(walked) if candle.open_ms != START_MS + k * MINUTE_MS)


@pytest.mark.parametrize("name", ["btcusdt", "", "BTC/USDT", "A" * 21, "BTC USDT"])
def test_a_name_that_no_pair_has_is_explained(name: str) -> None:
    with pytest.raises(BadInput, match="symbol"):
        generated_listing(name)


@pytest.mark.parametrize("name", ["BTCUSDT", "ETHUSDT", "DOGEUSDT", "SOLUSDC", "ETHBTC", "XYZABC"])
def test_steps_fit_the_price(name: str) -> None:
    item = generated_listing(name)
    assert item.symbol.tick_size < item.price / 1000
    assert item.symbol.lot_step * item.price <= 2.0
    assert item.symbol.base + item.symbol.quote == name
