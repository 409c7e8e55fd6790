"""A seeded headline feed: every 3 to 10 minutes a headline whose tone is a noisy reading of the market's mood."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter
from random import Random
from typing import NamedTuple

from chalicelib.addition import added
from chalicelib.assets import SHORTEST_TICKER
from chalicelib.domain import DAY_MS, MINUTE_MS
from trader.sim.phrases import COIN_NAMES, FIRMS, GENERAL, PLACES, SPECIFIC
from trader.sim.tape import MarketPath

MIN_PAUSE_MINUTES, MAX_PAUSE_MINUTES = 3, 10
GENERAL_SHARE = 0.2
"""Part of the headlines that name no coin; their mood is the mean over all symbols."""
NOISE = 0.8
"""Standard deviation of the reading's error; that of the mood is about 1."""
GOOD_ABOVE, BAD_BELOW = 0.1, -0.9
"""Readings between them are neutral. News is kinder than the market: about half of it is good, a fifth is bad."""
KEPT_DAYS = 4


@dataclass(frozen=True, slots=True)
class GeneratedHeadline:
    """A headline with the moment of its publication, which no other headline of the feed shares."""

    published_ms: int
    title: str


class Draft(NamedTuple):
    """All about a headline but its tone; drawn for a whole day before anything of that day is known."""

    published_ms: int
    symbol: str | None
    """None for a headline about all."""
    noise: float
    choice: float
    """Which of the phrases of its tone, 0..1."""
    firm: str
    place: str
    number: int
    quarter: int


class HeadlineFeed:
    """Headlines about the symbols of some tapes; each depends on seed, symbols and the candles closed by its minute."""

    def __init__(self, seed: int, tapes: Mapping[str, MarketPath]) -> None:
        self.seed = seed
        self.first_ms = min(tape.first_ms for tape in tapes.values())
        """Nothing was published before."""
        self._tapes = tapes
        self._symbols = sorted(tapes)
        self._days: dict[int, list[Draft]] = {}

    def between(self, after_ms: int, until_ms: int) -> list[GeneratedHeadline]:
        """The headlines with after_ms < published_ms <= until_ms, oldest first."""
        after_ms = max(after_ms, self.first_ms - 1)
        found: list[GeneratedHeadline] = []
        for day in range((after_ms + 1) // DAY_MS, until_ms // DAY_MS + 1):
            drafts = self._drafts(day)
            first = bisect_right(drafts, after_ms, key=attrgetter("published_ms"))
            end = bisect_right(drafts, until_ms, key=attrgetter("published_ms"))
            found += map(self._finish, drafts[first:end])
        return found

    def _drafts(self, day: int) -> list[Draft]:
        drafts = self._days.get(day)
        if drafts is None:
            if len(self._days) >= KEPT_DAYS:
                self._days.clear()
            drafts = self._days[day] = list(self._draw(day))
        return drafts

    def _draw(self, day: int) -> Iterator[Draft]:
        random = Random(f"{self.seed}/headlines/{day}")
        minute = random.randrange(MAX_PAUSE_MINUTES)
        while minute * MINUTE_MS < DAY_MS:
            symbol = random.choice(self._symbols)
            yield Draft(
                published_ms=day * DAY_MS + minute * MINUTE_MS + random.randrange(60) * 1000,
                symbol=None if random.random() < GENERAL_SHARE else symbol,
                noise=(random.random() + random.random() + random.random() - 1.5) * 2.0 * NOISE,
                choice=random.random(),
                firm=random.choice(FIRMS),
                place=random.choice(PLACES),
                number=random.randrange(2, 90),
                quarter=random.randrange(1, 5),
            )
            minute += random.randint(MIN_PAUSE_MINUTES, MAX_PAUSE_MINUTES)

    def _finish(self, draft: Draft) -> GeneratedHeadline:
        minute_ms = draft.published_ms - draft.published_ms % MINUTE_MS
        concerned = self._symbols if draft.symbol is None else [draft.symbol]
        mood = added(self._tapes[symbol].mood(minute_ms) for symbol in concerned) / len(concerned)
        reading = mood + draft.noise
        tone = 1 + (reading > GOOD_ABOVE) - (reading < BAD_BELOW)
        phrases = (GENERAL if draft.symbol is None else SPECIFIC)[tone]
        coin = "" if draft.symbol is None else self._coin(draft.symbol)
        phrase = phrases[int(draft.choice * len(phrases))]
        return GeneratedHeadline(
            draft.published_ms,
            phrase.format(coin=coin, firm=draft.firm, place=draft.place, number=draft.number, quarter=draft.quarter),
        )

    def _coin(self, symbol: str) -> str:
        base = self._tapes[symbol].listing.symbol.base
        return COIN_NAMES.get(base, base if len(base) >= SHORTEST_TICKER else f"${base}")
