"""Agents in one run: what is asked for, the run that this is, and its minutes until it ends."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from threading import Event

from chalicelib import wiring
from chalicelib.config import Config, HaltAction
from chalicelib.domain import MINUTE_MS, Alert, HaltFlag, close_of
from chalicelib.errors import Unavailable
from chalicelib.moments import iso_minute_text
from chalicelib.ports import Clock, Notifier
from chalicelib.services.alerts import tell
from chalicelib.services.due import next_close_ms
from chalicelib.services.minute import AgentRules
from chalicelib.services.news import News
from chalicelib.services.trade import TradeReport
from chalicelib.services.watched import watched
from chalicelib.strategy.chosen import odd_lines
from chalicelib.wiring.scoring import Scorer
from chalicelib.wiring.shared_market import market_settings
from trader.data.candles import CandleColumns, gaps
from trader.runtime.begun import as_begun
from trader.runtime.desks import open_run
from trader.runtime.lockstep import LockStep, StepClock, Timeline
from trader.runtime.markets import (
    RunHeadlines,
    RunMarket,
    binance_market,
    generated_market,
    headlines_of,
    recorded_market,
    refuse_mixed_quotes,
    watch_closes,
)
from trader.runtime.realtime import NewsThread, RealTime, Say
from trader.runtime.run_series import RunSeries
from trader.runtime.runs import AgentPointer, Beat, Run, RunFolder
from trader.runtime.scorers import score_ahead, scorer_in_real_time, scorer_in_simulated_time
from trader.runtime.stored_rules import stored
from trader.runtime.summary import Summary, summarize

SIMULATION_START_MS = 1_735_689_600_000
"""2025-01-01: where a generated market begins in simulated time, so that a seed is the same market every day."""
HISTORY_MS = 1_440 * MINUTE_MS
"""How much of a generated market lies before the start of a run in real time."""

LONGEST_NAME = 40
"""Of a simulated run, which is named by its agents."""

OnMinute = Callable[[Mapping[str, TradeReport]], None]
"""Hears what came of a minute, by agent id."""
Serve = Callable[[Run], AbstractContextManager[str]]
"""Serves the HTTP routes of a run while it is open; gives the words that say where, empty for nowhere."""


def serve_nothing(run: Run) -> AbstractContextManager[str]:
    """What `Controls.serve` is where nobody asked for HTTP."""
    return nullcontext("")


def no_beat(now_ms: int | None) -> None:
    """What `Controls.beat` is where nobody looks for a pulse."""


@dataclass(frozen=True)
class RunRequest:
    """What the user asked for. `ticks` None: to the end of the data, or until stopped."""

    configs: Sequence[Config]
    """Of each agent; they share the market."""
    ticks: int | None
    files: Sequence[CandleColumns] = ()
    paths: Sequence[Path] = ()
    news: Path | None = None
    sentiment: Path | None = None
    series: RunSeries = field(default_factory=lambda: RunSeries(()))
    config_files: Sequence[Path | None] = ()
    """Where the settings of each agent stand, if they stand in a file."""

    @cached_property
    def shared(self) -> Config:
        """The settings of the market. Raises BadInput where the agents cannot share one."""
        return market_settings(self.configs)

    @property
    def agent_ids(self) -> tuple[str, ...]:
        """In the order in which they were named."""
        return tuple(config.agent.id for config in self.configs)


@dataclass(frozen=True, slots=True)
class Controls:
    """How a run is stopped and what it tells while it goes."""

    stop: Event
    wake: Event
    on_minute: OnMinute
    say: Say
    serve: Serve = serve_nothing
    beat: Beat = no_beat


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of a run; `finished` False when it was stopped and the same command would go on with it."""

    summaries: tuple[Summary, ...]
    """Of each agent."""
    finished: bool


def run_simulated(request: RunRequest, seconds_per_minute: float, folder: RunFolder, controls: Controls) -> Ended:
    """Lock-step through a generated market or candle files; 0.0 seconds a minute is as fast as it goes."""
    shared, clock = request.shared, StepClock()
    for agent_id in request.agent_ids:
        take_over_last_halts(folder, agent_id)
        tell_standing_halts(folder, agent_id, controls)
    headlines = headlines_of(request.news, request.sentiment)
    for columns in request.files:
        _tell_gaps(columns, controls)
    if request.files:
        market, timeline = recorded_market(shared, request.files, clock, headlines)
    else:
        market, timeline = generated_market(shared, shared.agent.symbols, SIMULATION_START_MS, clock, headlines)
    rules = _rules(request, market, controls)
    scorer = scorer_in_simulated_time(shared, market.headlines, controls.say)
    identity = {**_identity(request, rules), "scorer": scorer.analyzer.model}
    name = "+".join(request.agent_ids)[:LONGEST_NAME]
    run = folder.simulated(name, "candles" if request.files else "sim", identity, _now_ms())
    _tell_left(folder, request, run, controls)
    with open_run(folder, run) as stores, _started(folder, request, run, rules, controls) as where:
        folder.clear_up_after(run)
        for agent_id in request.agent_ids:
            _tell_halts(stores.run_halts.flags(agent_id), controls)
        for line in filter(None, (where, scorer.told)):
            controls.say(line)
        notifier = wiring.stream_notifier(sys.stderr)  # simulated alarms wake nobody
        agents = [wiring.RunningAgent(*each, notifier) for each in zip(request.configs, rules, strict=True)]
        outside = outside_of(market, notifier, scorer, request.series.of)
        every_minute = wiring.every_minute(agents, shared, stores, outside, lambda config: wiring.SIMULATED_TIME)
        cursor_ms, done = _traded_so_far(stores, request, timeline)
        if done:
            controls.say(f"going on with run {run.id} after {done} minutes")
        gc.freeze()  # what is loaded by now stays: not walking it again and again makes minutes 5 to 10 % faster
        lockstep = LockStep(every_minute, clock, timeline, stores.transaction, seconds_per_minute, controls.beat)
        left = None if request.ticks is None else max(request.ticks - done, 0)
        first_ms = timeline(cursor_ms)
        if first_ms is not None and left != 0:
            score_ahead(scorer, market.headlines, close_of(first_ms), controls.stop, controls.say)
        finished = lockstep.run(cursor_ms, left, controls.stop, controls.on_minute)
        if finished:
            folder.finish(run)
        return Ended(_summaries(stores, request, lambda: _traded_so_far(stores, request, timeline)[1]), finished)


def _tell_left(folder: RunFolder, request: RunRequest, run: Run, controls: Controls) -> None:
    """Say which runs are not gone on with. Raises BadInput where an agent's file is damaged."""
    found = (folder.left_by(agent_id, run) for agent_id in request.agent_ids)
    for left in dict.fromkeys(filter(None, found)):
        controls.say(f"run {left.id} is not gone on with: it began with other settings, files or another version")


def _traded_so_far(stores: wiring.Stores, request: RunRequest, timeline: Timeline) -> tuple[int | None, int]:
    """The newest minute that all agents have traded, and how many minutes that makes.

    Agents with longer bars leave no record of most: the newest candle, which is stored with its minute, tells.
    """
    if any(map(_has_longer_bars, request.configs)):
        cursor_ms = _newest_ms(stores, request)
        return cursor_ms, 0 if cursor_ms is None else _minutes_until(timeline, cursor_ms)
    found = [stores.portfolios.load(agent_id) for agent_id in request.agent_ids]
    cursors = [None if portfolio is None else portfolio.minute_ms for portfolio in found]
    known = [cursor_ms for cursor_ms in cursors if cursor_ms is not None]
    if len(known) < len(cursors):
        return None, 0
    newest_ms = min(known)
    return newest_ms, min(len(stores.journal.equity(agent_id, 0, newest_ms)) for agent_id in request.agent_ids)


def _minutes_until(timeline: Timeline, last_ms: int) -> int:
    """How many minutes of the market there are up to this one."""
    count, minute_ms = 0, timeline(None)
    while minute_ms is not None and minute_ms <= last_ms:
        count, minute_ms = count + 1, timeline(minute_ms)
    return count


def _newest_ms(stores: wiring.Stores, request: RunRequest) -> int | None:
    """The newest candle of all symbols, None without any."""
    newest = [candle.open_ms for name in request.shared.agent.symbols for candle in stores.candles.last(name, 1)]
    return max(newest, default=None)


def _minutes_since_first(stores: wiring.Stores, request: RunRequest) -> int:
    """Minutes from the first that any agent recorded to the newest candle, both included."""
    first = [point.time_ms for each in request.agent_ids for point in stores.journal.equity(each, 0, 2**62)[:1]]
    newest_ms = _newest_ms(stores, request)
    return 0 if newest_ms is None or not first else max(newest_ms - min(first), 0) // MINUTE_MS + 1


def _has_longer_bars(config: Config) -> bool:
    return config.strategy.interval_ms > MINUTE_MS


def _summaries(stores: wiring.Stores, request: RunRequest, minutes: Callable[[], int]) -> tuple[Summary, ...]:
    """Of each agent; those that leave no record of most minutes have traded as many as are counted."""
    return tuple(
        summarize(stores.journal, config.agent.id, config.agent.cash, minutes() if _has_longer_bars(config) else None)
        for config in request.configs
    )


def run_generated_in_real_time(request: RunRequest, folder: RunFolder, controls: Controls) -> Ended:
    """The built-in exchange by this machine's clock, a candle a minute."""
    shared = request.shared
    run = folder.real_time("sim", {"seed": shared.agent.seed}, _now_ms())
    with open_run(folder, run) as stores:
        held = (watched(stores.portfolios, config.agent.id, config.agent.symbols) for config in request.configs)
        symbols = tuple(dict.fromkeys(symbol for of_agent in held for symbol in of_agent))

    def open_market() -> tuple[RunMarket, Clock]:
        return generated_by_the_clock(shared, symbols, run, headlines_of(request.news, request.sentiment))

    return _run_in_real_time(request, folder, run, open_market(), open_market, controls)


def generated_by_the_clock(
    config: Config, symbols: Sequence[str], run: Run, headlines: RunHeadlines | None
) -> tuple[RunMarket, Clock]:
    """The generated market of a run in real time: it began a day before the run and goes on by this machine's clock."""
    clock = wiring.system_clock()
    start_ms = run.start_ms // MINUTE_MS * MINUTE_MS - HISTORY_MS
    market, _ = generated_market(config, symbols, start_ms, clock, headlines)
    return market, clock


def run_on_binance(request: RunRequest, folder: RunFolder, controls: Controls) -> Ended:
    """Real public market data, woken by the exchange's stream. Raises Unavailable when it cannot be reached."""
    shared = request.shared
    run = folder.real_time("binance", {"base_url": shared.exchange.base_url}, _now_ms())

    def open_market() -> tuple[RunMarket, Clock]:
        return binance_market(shared, headlines_of(request.news, request.sentiment))

    opened = open_market()  # first, so that what is wrong with symbol or address is said once, by this
    for config in request.configs:
        refuse_mixed_quotes(config, opened[0].symbols)
    watch_closes(shared, controls.wake, controls.say)
    return _run_in_real_time(request, folder, run, opened, open_market, controls)


def _run_in_real_time(
    request: RunRequest,
    folder: RunFolder,
    run: Run,
    opened: tuple[RunMarket, Clock],
    open_market: Callable[[], tuple[RunMarket, Clock]],
    controls: Controls,
) -> Ended:
    """Trade in the opened market; `open_market` opens it once more for the thread that polls the news."""
    shared = request.shared
    for agent_id in request.agent_ids:
        take_over_last_halts(folder, agent_id)
    with open_run(folder, run) as stores:
        request = replace(request, configs=[as_begun(config, stores, controls.say) for config in request.configs])
    market, clock = opened
    rules = _rules(request, market, controls)
    scorer = scorer_in_real_time(shared, market.headlines, controls.say)

    @contextmanager
    def open_poll() -> Iterator[tuple[News, Clock]]:
        own_market, own_clock = open_market()
        with open_run(folder, run) as own_stores:
            outside = outside_of(own_market, wiring.stream_notifier(sys.stderr), scorer)
            yield wiring.news(shared, own_stores, outside, own_clock), own_clock

    with ExitStack() as opened_files:
        notifiers = [
            opened_files.enter_context(wiring.alerting(config, sys.stderr, controls.say)) for config in request.configs
        ]
        stores = opened_files.enter_context(open_run(folder, run))
        where = opened_files.enter_context(_started(folder, request, run, rules, controls))
        for config in request.configs:
            tell_standing_halts(folder, config.agent.id, controls)
        controls.say("; ".join([*_what_trades(request, run), *([where] if where else []), "Ctrl-C ends it"]))
        if scorer.told:
            controls.say(scorer.told)
        agents = [wiring.RunningAgent(*each) for each in zip(request.configs, rules, notifiers, strict=True)]
        series = opened_files.enter_context(request.series.opened(folder.series))
        outside = outside_of(market, notifiers[0], series=series)
        every_minute = wiring.every_minute(agents, shared, stores, outside, wiring.real_time)
        news = NewsThread(open_poll, controls.stop, controls.say)
        news.start()
        try:
            finished = RealTime(every_minute, clock, controls.wake, controls.say, controls.beat).run(
                request.ticks, controls.stop, telling_moved_files(stores.raise_if_moved, notifiers[0], controls)
            )
        finally:
            controls.stop.set()
            news.join()
        return Ended(_summaries(stores, request, lambda: _minutes_since_first(stores, request)), finished)


def _rules(request: RunRequest, market: RunMarket, controls: Controls) -> list[AgentRules]:
    """Rules that each agent decides by; of settings that are odd and not refused a line says so. Raises BadInput."""
    rules = [wiring.rules(config, market.symbols) for config in request.configs]
    for line in request.series.lines(request.configs):
        controls.say(line)
    for config, own in zip(request.configs, rules, strict=True):
        for line in odd_lines(config, own.rule):
            controls.say(line)
    return rules


def _what_trades(request: RunRequest, run: Run) -> Iterator[str]:
    """Who trades what, in words."""
    for config in request.configs:
        yield f"agent {config.agent.id} trades {', '.join(config.agent.symbols)} on paper ({run.market})"
    for config in request.configs:
        if _has_longer_bars(config):
            close = iso_minute_text(next_close_ms(_now_ms(), config.strategy.interval_ms))
            yield f"{config.agent.id} decides at closes of {config.strategy.interval} bars, the next at {close}"
    longer = all(map(_has_longer_bars, request.configs))
    each = ["an agent"] if len(request.configs) > 1 else []
    each += ["a symbol"] if any(len(config.agent.symbols) > 1 for config in request.configs) else []
    yield " ".join(["a line", *each, "a close, and a minute while something is held" if longer else "a minute"])


def telling_moved_files(raise_if_moved: Callable[[], None], notifier: Notifier, controls: Controls) -> OnMinute:
    """`Controls.on_minute`, which also says, and the first time alerts, that a file of this run is another one now."""
    alerted = False

    def on_minute(reports: Mapping[str, TradeReport]) -> None:
        nonlocal alerted
        controls.on_minute(reports)
        try:
            raise_if_moved()
        except Unavailable as error:
            controls.say(f"no new order: {error}")
            if not alerted:
                tell(notifier, Alert("no new order is placed", str(error), _now_ms()))
            alerted = True

    return on_minute


def outside_of(
    market: RunMarket, notifier: Notifier, scorer: Scorer | None = None, series: wiring.SeriesOf = wiring.no_series
) -> wiring.Outside:
    """The market as the use cases' ports."""
    headlines = market.headlines
    return wiring.Outside(market.source, headlines.news, headlines.feeds, notifier, headlines.history, scorer, series)


def _identity(request: RunRequest, rules: Sequence[AgentRules]) -> Mapping[str, object]:
    """What makes a run in simulated time this run: its agents' rules, its data and how long it is to be."""
    files = [path for path in (*request.paths, request.news, request.sentiment, *request.series.paths) if path]
    return {
        "agents": [[each.agent_id, each.config_hash, list(each.symbols)] for each in rules],
        "files": [(str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns) for path in files],
        "ticks": request.ticks,
    }


def take_over_last_halts(folder: RunFolder, agent_id: str) -> None:
    """Have the home take what a version before its file kept in the agent's last run, while the agent points there."""
    last = folder.pointer_of(agent_id)
    if last is not None:
        with open_run(folder, folder.find(last.run_id)):
            pass


def tell_standing_halts(folder: RunFolder, agent_id: str, controls: Controls) -> None:
    """Say what halts the agent whatever it runs."""
    with wiring.home_halts(folder.halts) as halts:
        _tell_halts(halts.flags(agent_id), controls)


def _tell_halts(flags: Sequence[HaltFlag], controls: Controls) -> None:
    for flag in flags:
        controls.say(f"halted ({flag.reason}): no new order until `trader resume`")


def _tell_gaps(columns: CandleColumns, controls: Controls) -> None:
    missing = gaps(columns)
    if missing.minutes:
        controls.say(f"{columns.symbol}: {missing.minutes} minutes are missing in {missing.runs} gaps of its file")


@contextmanager
def _started(
    folder: RunFolder, request: RunRequest, run: Run, rules: Sequence[AgentRules], controls: Controls
) -> Iterator[str]:
    """The start takes effect, by one step an agent; then the run is served until the block ends.

    Gives the words that say where. Everything that may refuse a start comes before.
    """
    files = request.config_files or [None] * len(rules)
    for config, file, own in zip(request.configs, files, rules, strict=True):
        agent, flatten = config.agent, config.risk.halt_action == HaltAction.FLATTEN
        place = "" if file is None else str(file.resolve())
        folder.point(AgentPointer(agent.id, run.id, _now_ms(), agent.mode, agent.cash, stored(own), flatten, place))
    with controls.serve(run) as where:
        yield where


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
