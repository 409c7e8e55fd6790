"""What an agent would decide now: its run's newest state, brought up to date where the market is live."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from chalicelib import wiring
from chalicelib.config import Config, home
from chalicelib.config.intervals import refuse_longer_candles
from chalicelib.domain import Decision
from chalicelib.errors import BadInput
from chalicelib.ports import Clock
from chalicelib.services.chain import chain_of
from chalicelib.services.explained import Explained, explained
from chalicelib.services.minute import AgentRules
from chalicelib.services.ready_minutes import Pace
from chalicelib.services.wake_chain import worst_first
from chalicelib.services.warm_up import bars_seen
from chalicelib.services.watched import watched
from trader.runtime.begun import as_begun
from trader.runtime.desks import open_run
from trader.runtime.markets import RunMarket, binance_market
from trader.runtime.realtime import Say
from trader.runtime.run_series import RunSeries
from trader.runtime.runs import RunFolder
from trader.runtime.scorers import scorer_in_real_time
from trader.runtime.session import generated_by_the_clock, outside_of
from trader.runtime.stored_rules import revived


def decisions_now(config: Config, fetch: bool, say: Say) -> tuple[Explained, ...]:
    """One decision per symbol with what it rests on; `say` hears of trouble in one line.

    Raises BadInput when nothing is stored to judge from, Unavailable without a market.
    """
    refuse_longer_candles(config.agent.interval, config.strategy.where)
    folder = RunFolder(home())
    pointer = folder.pointer_of(config.agent.id)
    if pointer is None and not fetch:
        raise BadInput(f"agent {config.agent.id} has nothing stored to judge from: leave out --dry-run")
    if pointer is None:
        with wiring.sqlite_stores(":memory:") as stores:
            config = as_begun(config, stores, quietly)
            return _fetched(config, stores, *binance_market(config, None), say)
    run = folder.find(pointer.run_id)
    with open_run(folder, run) as stores:
        if not run.real_time:
            rules, _ = revived(folder.rules_of(pointer), stores.rules)
            return _stored(config, stores, rules, wiring.SIMULATED_TIME, now_ms=0)
        config = as_begun(config, stores, quietly)
        if not fetch:
            rules, _ = revived(folder.rules_of(pointer), stores.rules)
            return _stored(config, stores, rules, wiring.real_time(config), wiring.system_clock().now_ms())
        if run.market == "binance":
            return _fetched(config, stores, *binance_market(config, None), say)
        symbols = watched(stores.portfolios, config.agent.id, config.agent.symbols)
        return _fetched(config, stores, *generated_by_the_clock(config, symbols, run, None), say)


def quietly(line: str) -> None:
    """Silence: the decision itself tells of the age limit that applies."""


def _fetched(config: Config, stores: wiring.Stores, market: RunMarket, clock: Clock, say: Say) -> tuple[Explained, ...]:
    """Decided on the newest candles and headlines of the market."""
    rules = wiring.rules(config, market.symbols)
    scorer = scorer_in_real_time(config, market.headlines, say)
    if scorer.told:
        say(scorer.told)
    with RunSeries([config], in_real_time=True).opened(RunFolder(home()).series) as series:
        outside = outside_of(market, wiring.stream_notifier(sys.stderr), scorer, series)
        return _fetched_from(outside, config, stores, rules, clock)


def _fetched_from(
    outside: wiring.Outside, config: Config, stores: wiring.Stores, rules: AgentRules, clock: Clock
) -> tuple[Explained, ...]:
    use_cases = wiring.use_cases(config, stores, outside, rules, wiring.real_time(config))
    wiring.news(config, stores, outside, clock).run(clock.now_ms())
    made = chain_of(clock, use_cases.fetch_klines, (use_cases.update_indicators,)).run()
    for error in worst_first(error for _, error in made.failures()):
        raise error
    return _explained(use_cases.preview.run(clock.now_ms()), stores, rules)


def _stored(config: Config, stores: wiring.Stores, rules: AgentRules, pace: Pace, now_ms: int) -> tuple[Explained, ...]:
    """Decided on what is stored."""
    read = RunSeries([config], in_real_time=pace != wiring.SIMULATED_TIME)
    with read.opened(RunFolder(home()).series) as series:
        return _explained(wiring.preview(config, stores, rules, pace, series(config)).run(now_ms), stores, rules)


def _explained(decisions: Iterable[Decision], stores: wiring.Stores, rules: AgentRules) -> tuple[Explained, ...]:
    return tuple(
        explained(each, rules.rule, stores.news, bars_seen(stores.indicators, each.symbol, rules.rule))
        for each in decisions
    )
