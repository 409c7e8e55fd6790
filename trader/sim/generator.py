"""Seeded endless one-minute markets: fat tails, volatility clusters, gaps, and a mood that loosely leads the price.

Only `random()` (exactly specified for a seed), the four operations and `sqrt` are used; no `exp`, `log` or `gauss`, as
their last digit differs between C libraries. So a seed gives the same candles on every platform and Python version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import sqrt
from random import Random

from chalicelib.domain import MINUTE_MS, Candle
from trader.sim.listing import Listing

Step = tuple[Candle, float]
"""A candle and the mood after its close (about -2..2): what headlines are a noisy reading of."""

BASE_DEVIATION = 0.0012
"""Standard deviation of a one-minute return. About twice that of a busy pair, so that stops are met within hours."""
GARCH_SHOCK, GARCH_MEMORY = 0.07, 0.91
"""Bollerslev's (1986) GARCH(1, 1): variance' = base x (1 - a - b) + a x return² + b x variance."""
MAX_VARIANCE = 16.0 * BASE_DEVIATION * BASE_DEVIATION
MAX_SHOCK = 12.0
MOOD_MEMORY = 0.985
"""Mood is an AR(1) process with a half-life of about 46 minutes."""
MOOD_PULL = 0.08
"""Expected return of a minute in standard deviations, per unit of mood."""
RUSH_PULL, RUSH_MEMORY = 1.0, 0.9
RUSH_RETURN = 0.012
"""Traders follow each other for some minutes, and the price is drawn back from where that has carried it: a damped
swing, in standard deviations of a minute, which takes an oscillator from end to end."""
MARKET_SHARE = 0.6
"""Weight of what all symbols share in a symbol's shocks and mood; the rest is its own."""
ANCHOR_PULL = 2e-6
"""Pull towards the starting price, so that an endless market neither vanishes nor explodes."""
GAP_CHANCE = 1.0 / 1500.0
MAX_GAP_MINUTES = 5
TYPICAL_NOTIONAL = 400_000.0
"""Quote currency traded in a quiet minute."""

OWN_SHARE = sqrt(1.0 - MARKET_SHARE * MARKET_SHARE)
MOOD_NOISE = sqrt(1.0 - MOOD_MEMORY * MOOD_MEMORY)
RUSH_NOISE = sqrt(1.0 - RUSH_MEMORY * RUSH_MEMORY)
SCALE_OF_FOUR_UNIFORMS = sqrt(3.0)
"""Makes the variance of (four uniforms - 2) one."""
SCALE_OF_TAIL = 1.0 / sqrt(1.3862943611198906)
"""2 ln 2 is the mean of 1 / (u1 + u2)."""


def generate(seed: int, listing: Listing, start_ms: int) -> Iterator[Step]:
    """The pair's market from a minute on, without end. Candle k depends on seed, pair and start only.

    >>> from itertools import islice
    >>> from trader.sim.listing import generated_listing
    >>> [candle.close for candle, mood in islice(generate(1, generated_listing("BTCUSDT"), 0), 2)]
    [94914.95, 94984.89]
    """
    market = Random(f"{seed}/market").random
    own = Random(f"{seed}/{listing.name}").random
    price = listing.price
    variance = BASE_DEVIATION * BASE_DEVIATION
    market_mood = own_mood = rush = carried = 0.0
    gap_minutes = 0
    open_ms = start_ms
    while True:
        deviation = sqrt(variance)
        shock = MARKET_SHARE * _fat_tailed(market) + OWN_SHARE * _fat_tailed(own)
        mood = MARKET_SHARE * market_mood + OWN_SHARE * own_mood
        pull = ANCHOR_PULL * (listing.price / price - price / listing.price)
        change = deviation * (shock + RUSH_PULL * rush + MOOD_PULL * mood) + pull
        candle = _draw_candle(listing, open_ms, price, change, deviation, own)
        price *= 1.0 + change
        variance = _next_variance(variance, deviation * shock)
        market_mood = MOOD_MEMORY * market_mood + MOOD_NOISE * _normal(market)
        own_mood = MOOD_MEMORY * own_mood + MOOD_NOISE * _normal(own)
        carried += rush
        push = MARKET_SHARE * _normal(market) + OWN_SHARE * _normal(own)
        rush = RUSH_MEMORY * rush + RUSH_NOISE * push - RUSH_RETURN * carried
        gap_draw = own()
        if gap_minutes > 0:
            gap_minutes -= 1
        elif gap_draw < GAP_CHANCE and open_ms > start_ms:
            gap_minutes = int(gap_draw / GAP_CHANCE * MAX_GAP_MINUTES)
        else:
            yield candle, MARKET_SHARE * market_mood + OWN_SHARE * own_mood
        open_ms += MINUTE_MS


def _draw_candle(
    listing: Listing, open_ms: int, price: float, change: float, deviation: float, uniform: Callable[[], float]
) -> Candle:
    """The minute in which the price moves by this fraction, on the pair's ticks and lots."""
    ticks_per_unit, lots_per_unit = listing.ticks_per_unit, listing.lots_per_unit
    open_ticks = max(1, int(price * ticks_per_unit + 0.5))
    close_ticks = max(1, int(price * (1.0 + change) * ticks_per_unit + 0.5))
    reach = deviation * price * ticks_per_unit
    high_ticks = max(open_ticks, close_ticks) + int(reach * uniform() * uniform())
    low_ticks = max(1, min(open_ticks, close_ticks) - int(reach * uniform() * uniform()))
    activity = (0.2 + 2.0 * uniform() * uniform()) * (1.0 + abs(change) / BASE_DEVIATION)
    lots = 1 + int(activity * TYPICAL_NOTIONAL / listing.price * lots_per_unit)
    # An integer over a power of ten is the double nearest to that decimal; a multiple of 0.01 is not always.
    return Candle(
        listing.name,
        open_ms,
        open_ticks / ticks_per_unit,
        high_ticks / ticks_per_unit,
        low_ticks / ticks_per_unit,
        close_ticks / ticks_per_unit,
        lots / lots_per_unit,
    )


def _next_variance(variance: float, surprise: float) -> float:
    base = (1.0 - GARCH_SHOCK - GARCH_MEMORY) * BASE_DEVIATION * BASE_DEVIATION
    return min(base + GARCH_SHOCK * surprise * surprise + GARCH_MEMORY * variance, MAX_VARIANCE)


def _normal(uniform: Callable[[], float]) -> float:
    """Roughly normal, mean 0, variance 1, within ±3.5."""
    return (uniform() + uniform() + uniform() + uniform() - 2.0) * SCALE_OF_FOUR_UNIFORMS


def _fat_tailed(uniform: Callable[[], float]) -> float:
    """Mean 0, variance about 1, tails that fall with the fourth power, as those of Student's t with 4 degrees."""
    shock = _normal(uniform) * SCALE_OF_TAIL / sqrt(uniform() + uniform() + 1e-9)
    return min(max(shock, -MAX_SHOCK), MAX_SHOCK)
