"""Which minutes an agent may trade now, with what is known of each, and at which of them it may decide.

Where it decides by bars longer than a minute, candles come from their own store and ticks, at the closes of its bars,
from the stage that runs the strategy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from chalicelib import words
from chalicelib.domain import MINUTE_MS, Portfolio, Tick, close_of
from chalicelib.ports import CandleStore, IndicatorStore
from chalicelib.services.closings import is_close, is_last_of_bar
from chalicelib.services.minute import AgentRules, MinuteInput, with_held
from chalicelib.services.warm_up import indicator_key
from chalicelib.strategy.rule import StrategyRule

PAGE = 1000
NEVER_MS, FOREVER_MS = -1, 2**62
UNSEEN = "the strategy saw this candle too late, or not at all"


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient and how late a run may be. In simulated time nothing is late, so all are 0 and off."""

    grace_ms: int
    """How long after a close a minute waits for the candles of all symbols."""
    stale_after_ms: int
    """How old a close may be and still be acted on, 0 for any age."""
    silent_after_ms: int = 0
    """How old a symbol's newest close may get before a person is told, 0 for any age."""

    def is_stale(self, minute_ms: int, now_ms: int) -> bool:
        """Whether the close of this minute is too old to act on."""
        return 0 < self.stale_after_ms < now_ms - close_of(minute_ms)


def is_stale_bar(tick: Tick, rule: StrategyRule, now_ms: int) -> bool:
    """Whether a longer bar is too old to act on, in simulated time too: a bar may be over late."""
    bar = tick.candle if tick.bar is None else tick.bar
    return 0 < rule.stale_ms < now_ms - (bar.open_ms + bar.interval_ms)


class ReadyMinutes:
    """Reads the stores of candles and ticks."""

    def __init__(self, rules: AgentRules, pace: Pace, candles: CandleStore, indicators: IndicatorStore) -> None:
        self._rules = rules
        self._pace = pace
        self._candles = candles
        self._indicators = indicators

    def after(
        self, portfolio: Portfolio, seen_ms: int | None, now_ms: int, asked_ms: int
    ) -> tuple[list[MinuteInput], bool]:
        """The minutes that may be traded now, oldest first, and whether there are more; only the newest may decide.

        `seen_ms` is the newest minute that was ready before, however little it came to; None at first.
        """
        overdue_ms = asked_ms - self._pace.grace_ms
        cursor_ms = portfolio.minute_ms if seen_ms is None else seen_ms
        if cursor_ms is None:
            cursor_ms = self._start_ms(overdue_ms, now_ms)
        if cursor_ms is None:  # what is being folded right now is history, and the next run knows where it ends
            return [], False
        symbols = with_held(self._rules, portfolio).symbols
        minutes, newest, more = self._minutes_after(symbols, cursor_ms, overdue_ms)
        ready = []
        for minute_ms in sorted(minutes):
            waited = asked_ms - close_of(minute_ms) >= self._pace.grace_ms
            if not waited and any(newest.get(symbol, NEVER_MS) < minute_ms for symbol in symbols):
                break
            ready.append(MinuteInput(minute_ms, minutes[minute_ms], now_ms, refused=words.MISSED))
        is_newest = bool(ready) and not more and ready[-1].minute_ms == max(minutes)
        if self._rules.rule.has_longer_bars:
            return _by_bars(ready, is_newest, more, self._rules.rule, now_ms), more
        if is_newest:
            stale = self._pace.is_stale(ready[-1].minute_ms, now_ms)
            ready[-1] = replace(ready[-1], refused=words.STALE if stale else "")
        return ready, more

    def _minutes_after(
        self, symbols: Sequence[str], cursor_ms: int, overdue_ms: int
    ) -> tuple[dict[int, dict[str, Tick]], dict[str, int], bool]:
        """Ticks by minute and symbol, each symbol's newest minute, and whether a page was not the last."""
        page = self._page_of_bars if self._rules.rule.has_longer_bars else self._page
        pages = {symbol: page(symbol, cursor_ms, overdue_ms) for symbol in symbols}
        full = [ticks[PAGE - 1].candle.open_ms for ticks in pages.values() if len(ticks) > PAGE]
        minutes: dict[int, dict[str, Tick]] = {}
        for symbol, ticks in pages.items():
            for tick in ticks:
                if not full or tick.candle.open_ms <= min(full):
                    minutes.setdefault(tick.candle.open_ms, {})[symbol] = tick
        newest = {symbol: ticks[-1].candle.open_ms for symbol, ticks in pages.items() if ticks}
        return minutes, newest, bool(full)

    def _page(self, symbol: str, cursor_ms: int, overdue_ms: int) -> list[Tick]:
        """The symbol's ticks, and the candles themselves of minutes whose ticks are overdue: no stop waits for those.

        Ticks come from a stage that runs the strategy, candles from one that does not.
        """
        ticks = self._indicators.ticks(self._key(symbol), cursor_ms, PAGE + 1)
        newest_ms = ticks[-1].candle.open_ms if ticks else cursor_ms
        next_ms = (newest_ms // MINUTE_MS + 1) * MINUTE_MS
        if len(ticks) > PAGE or close_of(next_ms) > overdue_ms:
            return ticks
        late = self._candles.after(symbol, newest_ms, PAGE + 1 - len(ticks))
        return [*ticks, *(Tick(candle, {}, UNSEEN) for candle in late if close_of(candle.open_ms) <= overdue_ms)]

    def _page_of_bars(self, symbol: str, cursor_ms: int, overdue_ms: int) -> list[Tick]:
        """The symbol's candles with its ticks among them, up to the first that the strategy has yet to look at.

        What it has seen is asked first: what it sees meanwhile is then looked for once more, and never taken for
        nothing. A candle that is overdue is taken as it is.
        """
        rule, key = self._rules.rule, self._key(symbol)
        seen_ms = self._indicators.load(key).cursor_ms
        unseen_ms = self._first_bar_ms(symbol) if seen_ms is None else seen_ms + rule.interval_ms
        ticks = self._indicators.ticks(key, cursor_ms, PAGE + 1)
        found = {tick.candle.open_ms: tick for tick in ticks if tick.candle.interval_ms == rule.step_ms}
        for candle in self._candles.after(symbol, cursor_ms, PAGE + 1):
            if candle.open_ms not in found:
                if candle.open_ms >= unseen_ms and close_of(candle.open_ms) > overdue_ms:
                    break
                unseen = candle.open_ms >= unseen_ms and is_last_of_bar(candle.open_ms, rule)
                found[candle.open_ms] = Tick(candle, {}, UNSEEN if unseen else "")
        return [found[open_ms] for open_ms in sorted(found)][: PAGE + 1]

    def _first_bar_ms(self, symbol: str) -> int:
        """open_ms of the candle that completes the first bar whose beginning is kept; what came before is no bar."""
        rule = self._rules.rule
        kept = self._candles.after(symbol, None, 2 * rule.interval_ms // rule.step_ms)
        begun = next((candle.open_ms for candle in kept if candle.open_ms % rule.interval_ms == 0), FOREVER_MS)
        return begun + rule.interval_ms - rule.step_ms

    def _start_ms(self, overdue_ms: int, now_ms: int) -> int | None:
        """Just before the newest minute that all symbols have: history is for the strategy, not for trades.

        Where it has seen nothing of any, just before the newest candle that it should have seen by now. A long history
        comes page by page: of longer bars only the newest that can be over counts.
        """
        rule = self._rules.rule
        least_ms = now_ms - now_ms % rule.interval_ms - MINUTE_MS - 1 if rule.has_longer_bars else NEVER_MS
        cursors = [self._indicators.load(self._key(symbol)).cursor_ms for symbol in self._rules.symbols]
        known = [cursor_ms for cursor_ms in cursors if cursor_ms is not None]
        if not known:
            newest = [candle for symbol in self._rules.symbols for candle in self._candles.last(symbol, 1)]
            known = [candle.open_ms for candle in newest if close_of(candle.open_ms) <= overdue_ms]
        return max(min(known) - 1, least_ms) if known else None

    def _key(self, symbol: str) -> str:
        return indicator_key(symbol, self._rules.rule)


def _by_bars(
    ready: list[MinuteInput], is_newest: bool, more: bool, rule: StrategyRule, now_ms: int
) -> list[MinuteInput]:
    """The minutes with what the newest of them may decide: of each symbol the newest bar that is over.

    A bar that it still might decide waits for it, while no later minute is ready: a stop waits no longer than that.
    """
    closed = {symbol: (place, tick) for place, given in enumerate(ready) for symbol, tick in _closes(given, rule)}
    fresh = {symbol: (place, tick) for symbol, (place, tick) in closed.items() if not is_stale_bar(tick, rule, now_ms)}
    if is_newest:
        return [*ready[:-1], _deciding(ready[-1], {symbol: tick for symbol, (_, tick) in fresh.items()}, rule, now_ms)]
    first = min((place for place, _ in fresh.values()), default=len(ready))
    waits = first > 0 if more else first == len(ready) - 1
    return ready[:first] if waits else ready


def _closes(given: MinuteInput, rule: StrategyRule) -> list[tuple[str, Tick]]:
    return [(symbol, tick) for symbol, tick in given.ticks.items() if is_close(tick, rule)]


def _deciding(given: MinuteInput, fresh: Mapping[str, Tick], rule: StrategyRule, now_ms: int) -> MinuteInput:
    """The minute with the bars that it decides, its own and those of the minutes before it."""
    own = dict(_closes(given, rule))
    earlier = {
        symbol: replace(tick, candle=given.ticks[symbol].candle)
        for symbol, tick in fresh.items()
        if symbol in given.ticks and symbol not in own
    }
    stale = frozenset(symbol for symbol, tick in own.items() if is_stale_bar(tick, rule, now_ms))
    return replace(given, ticks={**given.ticks, **earlier}, refused="", stale=stale, earlier=frozenset(earlier))
