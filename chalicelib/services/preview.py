"""What the agent would decide now, from what is stored: nothing is written, nothing is sent."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib import words
from chalicelib.domain import Decision, Portfolio, Tick
from chalicelib.errors import BadInput
from chalicelib.kernel.account import EMPTY_SLOT, Slot
from chalicelib.ports import HaltStore, IndicatorStore, PortfolioStore, SentimentHistory, SeriesHistory
from chalicelib.services.minute import NO_SERIES, AgentRules, MinuteInput, decide_minute, with_held
from chalicelib.services.portfolios import new_portfolio, switch_of
from chalicelib.services.ready_minutes import Pace, is_stale_bar
from chalicelib.services.warm_up import kept_key


class Preview:
    """Decides on the newest stored candle of each symbol, with the portfolio as it stands."""

    def __init__(
        self,
        rules: AgentRules,
        cash: float,
        pace: Pace,
        portfolios: PortfolioStore,
        halts: HaltStore,
        indicators: IndicatorStore,
        sentiment: SentimentHistory,
        series: Mapping[str, SeriesHistory] = NO_SERIES,
    ) -> None:
        self._rules = rules
        self._cash = cash
        self._pace = pace
        self._portfolios = portfolios
        self._halts = halts
        self._indicators = indicators
        self._sentiment = sentiment
        self._series = series

    def run(self, now_ms: int) -> tuple[Decision, ...]:
        """One decision per symbol. Raises BadInput when there is no candle yet, Unavailable when a store is."""
        stored = self._portfolios.load(self._rules.agent_id)
        rules = with_held(self._rules, stored)
        ticks = {symbol: tick for symbol in rules.symbols if (tick := self._newest(symbol)) is not None}
        if not ticks:
            raise BadInput(f"no candles of {', '.join(rules.symbols)} are stored yet")
        minute_ms = max(tick.candle.open_ms for tick in ticks.values())
        current = {symbol: tick for symbol, tick in ticks.items() if tick.candle.open_ms == minute_ms}
        stale = self._is_stale(current, minute_ms, now_ms)
        given = MinuteInput(minute_ms, current, now_ms, refused=words.STALE if stale else "")
        portfolio = stored or new_portfolio(rules, self._cash)
        slots = [self._slot(portfolio, symbol, ticks) for symbol in rules.symbols]
        switch = switch_of(self._halts.flags(rules.agent_id))
        _, decisions = decide_minute(rules, portfolio.account, slots, given, switch, self._sentiment, self._series)
        return decisions

    def _is_stale(self, current: Mapping[str, Tick], minute_ms: int, now_ms: int) -> bool:
        """Whether it would not be acted on: a longer bar, once the next should be over and is not."""
        rule = self._rules.rule
        if not rule.has_longer_bars or not self._pace.stale_after_ms:
            return self._pace.is_stale(minute_ms, now_ms)
        return all(is_stale_bar(tick, rule, now_ms - rule.interval_ms) for tick in current.values())

    def _slot(self, portfolio: Portfolio, symbol: str, ticks: Mapping[str, Tick]) -> Slot:
        """The symbol's slot, marked at its newest close."""
        slot = portfolio.slots.get(symbol, EMPTY_SLOT)
        return slot._replace(close=ticks[symbol].candle.close) if symbol in ticks else slot

    def _newest(self, symbol: str) -> Tick | None:
        key = kept_key(symbol, self._rules.rule, self._indicators)
        cursor_ms = self._indicators.load(key).cursor_ms
        newest = [] if cursor_ms is None else self._indicators.ticks(key, cursor_ms - 1, 1)
        return newest[0] if newest else None
