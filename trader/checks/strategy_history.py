"""A strategy and history: how many bars it warms up over, and whether it looks at any later one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from chalicelib.config.intervals import interval_of
from chalicelib.services.fetch_klines import warm_up_bars
from trader.backtest.folding import bars_as_seen
from trader.checks.blind import blindfolded
from trader.checks.leak_words import sentence
from trader.checks.lookahead import LookAhead, first_cause_first
from trader.checks.market import CheckedMarket
from trader.checks.plans import FAST_BARS_PER_SECOND, PLAIN_BARS_PER_SECOND, plan_of_wishes
from trader.checks.recursion import LEAST_BARS, first_defined, warmth_of
from trader.checks.strategy_file import CheckFinding

Progress = Callable[[int | None, str], AbstractContextManager[Callable[[int], None]]]
TOLERANCE = 1e-9
STARTS = 8


def warm_up_finding(market: CheckedMarket, symbols: Sequence[str], progress: Progress) -> CheckFinding:
    """The bars after which all values are defined, and those after which a fold begun anew agrees: of any symbol."""
    rule = market.tried.rule
    bars = {symbol: bars_as_seen(market.tape, number, rule) for number, symbol in enumerate(symbols)}
    few = min(map(len, bars.values()))
    if few < LEAST_BARS:
        words = f"not measured over {few} bars of {interval_of(rule.interval_ms)}: at least {LEAST_BARS} are needed"
        return CheckFinding("warm-up", None, f"{words}, give more --candles")
    defined = [first_defined(each, rule) for each in bars.values()]
    with progress(STARTS * len(bars), "beginnings") as advance:
        rows = [
            row for symbol, each in bars.items() for row in warmth_of(symbol, each, rule, STARTS, TOLERANCE, advance)
        ]
    compared = max((row.compared for row in rows), default=0)
    agreed = _most([row.tolerance.worst for row in rows])
    return _warm_up(_most(defined), agreed, compared, warm_up_bars(rule.interval_ms))


def _most(bars: Sequence[int | None]) -> int | None:
    """None where any is: it was not reached."""
    known = [each for each in bars if each is not None]
    return max(known, default=0) if len(known) == len(bars) else None


def _warm_up(defined: int | None, agreed: int | None, compared: int, live_start: int) -> CheckFinding:
    first = "never all at once" if defined is None else f"after {defined:,} bars"
    same = f"more than {compared:,}" if agreed is None else f"{agreed:,}"
    words = f"all values defined {first}; begun anew they agree to {TOLERANCE:g} after {same}"
    if (compared if agreed is None else agreed) > live_start:
        words += f", where a live agent begins with {live_start:,}"
    return CheckFinding(
        "warm-up", None, words, {"defined_after": defined, "agrees_after": agreed, "compared": compared}
    )


def look_ahead_finding(
    market: CheckedMarket, symbols: Sequence[str], most: int | None, is_compiled: bool, progress: Progress
) -> CheckFinding:
    """Whether it wants anything else where later bars are missing; history is cut at `most` bars, None: after each."""
    plan = plan_of_wishes(market, most, FAST_BARS_PER_SECOND if is_compiled else PLAIN_BARS_PER_SECOND)
    with blindfolded([plan.subject]) as blind, progress(len(plan.cuts), "histories cut") as advance:
        checked = LookAhead(market, [plan], blind).run(advance)[0]
    figures = {"streamed": checked.streamed, "cut": checked.cut, "values": checked.values}
    for leak in first_cause_first(checked.leaks):
        return CheckFinding("look-ahead", False, sentence(leak, symbols), figures)
    words = f"none over {checked.streamed:,} bars fed one by one and {checked.cut:,} histories cut"
    return CheckFinding("look-ahead", True, words, figures)
