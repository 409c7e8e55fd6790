"""One agent in one run: what is asked for, the run that this is, and its minutes until it ends."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from chalicelib import wiring
from chalicelib.config import Config, HaltAction
from chalicelib.domain import MINUTE_MS, Alert, HaltFlag, close_of
from chalicelib.errors import Unavailable
from chalicelib.ports import Clock, Notifier
from chalicelib.services.alerts import tell
from chalicelib.services.minute import AgentRules
from chalicelib.services.news import News
from chalicelib.services.trade import TradeReport
from chalicelib.services.watched import watched
from chalicelib.wiring.scoring import Scorer
from trader.data.candles import CandleColumns, gaps
from trader.runtime.desks import open_run
from trader.runtime.lockstep import LockStep, StepClock
from trader.runtime.markets import (
    RunHeadlines,
    RunMarket,
    binance_market,
    generated_market,
    headlines_of,
    recorded_market,
    watch_closes,
)
from trader.runtime.realtime import NewsThread, RealTime, Say
from trader.runtime.runs import AgentPointer, Beat, Run, RunFolder
from trader.runtime.scorers import score_ahead, scorer_in_real_time, scorer_in_simulated_time
from trader.runtime.summary import Summary, summarize

SIMULATION_START_MS = 1_735_689_600_000
"""2025-01-01: where a generated market begins in simulated time, so that a seed is the same market every day."""
HISTORY_MS = 1_440 * MINUTE_MS
"""How much of a generated market lies before the start of a run in real time."""

OnMinute = Callable[[TradeReport], None]
Serve = Callable[[Run], AbstractContextManager[str]]
"""Serves the HTTP routes of a run while it is open; gives the words that say where, empty for nowhere."""


def serve_nothing(run: Run) -> AbstractContextManager[str]:
    """What `Controls.serve` is where nobody asked for HTTP."""
    return nullcontext("")


def no_beat(now_ms: int | None) -> None:
    """What `Controls.beat` is where nobody looks for a pulse."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What the user asked for. `ticks` None: to the end of the data, or until stopped."""

    config: Config
    ticks: int | None
    files: Sequence[CandleColumns] = ()
    paths: Sequence[Path] = ()
    news: Path | None = None
    sentiment: Path | None = None
    config_file: Path | None = None


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

    summary: Summary
    finished: bool


def run_simulated(request: RunRequest, seconds_per_minute: float, folder: RunFolder, controls: Controls) -> Ended:
    """Lock-step through a generated market or candle files; 0.0 seconds a minute is as fast as it goes."""
    config, clock = request.config, StepClock()
    take_over_last_halts(folder, config.agent.id)
    tell_standing_halts(folder, config.agent.id, controls)
    headlines = headlines_of(request.news, request.sentiment)
    for columns in request.files:
        _tell_gaps(columns, controls)
    if request.files:
        market, timeline = recorded_market(config, request.files, clock, headlines)
    else:
        market, timeline = generated_market(config, config.agent.symbols, SIMULATION_START_MS, clock, headlines)
    rules = wiring.rules(config, market.symbols)
    scorer = scorer_in_simulated_time(config, market.headlines, controls.say)
    identity = {**_identity(request), "scorer": scorer.analyzer.model}
    run = folder.simulated(config.agent.id, "candles" if request.files else "sim", identity, _now_ms())
    with open_run(folder, run) as stores, _started(folder, request, run, rules, controls) as where:
        folder.clear_up_after(run)
        _tell_halts(stores.run_halts.flags(config.agent.id), controls)
        for line in filter(None, (where, scorer.told)):
            controls.say(line)
        outside = outside_of(market, wiring.stream_notifier(sys.stderr), scorer)  # simulated alarms wake nobody
        use_cases = wiring.use_cases(config, stores, outside, rules, wiring.SIMULATED_TIME)
        portfolio = stores.portfolios.load(config.agent.id)
        done = len(stores.journal.equity(config.agent.id, 0, 2**62))
        if done:
            controls.say(f"going on with run {run.id} after {done} minutes")
        gc.freeze()  # what is loaded by now stays: not walking it again and again makes minutes 5 to 10 % faster
        lockstep = LockStep(use_cases, clock, timeline, stores.transaction, seconds_per_minute, controls.beat)
        left = None if request.ticks is None else max(request.ticks - done, 0)
        cursor_ms = None if portfolio is None else portfolio.minute_ms
        first_ms = timeline(cursor_ms)
        if first_ms is not None and left != 0:
            score_ahead(scorer, market.headlines, close_of(first_ms), controls.stop, controls.say)
        finished = lockstep.run(cursor_ms, left, controls.stop, controls.on_minute)
        if finished:
            folder.finish(run)
        return Ended(summarize(stores.journal, config.agent.id, config.agent.cash), finished)


def run_generated_in_real_time(request: RunRequest, folder: RunFolder, controls: Controls) -> Ended:
    """The built-in exchange by this machine's clock, a candle a minute."""
    config = request.config
    run = folder.real_time("sim", {"seed": config.agent.seed}, _now_ms())
    with open_run(folder, run) as stores:
        symbols = watched(stores.portfolios, config.agent.id, config.agent.symbols)

    def open_market() -> tuple[RunMarket, Clock]:
        return generated_by_the_clock(config, symbols, run, headlines_of(request.news, request.sentiment))

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
    config = request.config
    run = folder.real_time("binance", {"base_url": config.exchange.base_url}, _now_ms())

    def open_market() -> tuple[RunMarket, Clock]:
        return binance_market(config, headlines_of(request.news, request.sentiment))

    opened = open_market()  # first, so that what is wrong with symbol or address is said once, by this
    watch_closes(config, controls.wake, controls.say)
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
    config = request.config
    take_over_last_halts(folder, config.agent.id)
    market, clock = opened
    rules = wiring.rules(config, market.symbols)
    scorer = scorer_in_real_time(config, market.headlines, controls.say)

    @contextmanager
    def open_poll() -> Iterator[tuple[News, Clock]]:
        own_market, own_clock = open_market()
        with open_run(folder, run) as own_stores:
            outside = outside_of(own_market, wiring.stream_notifier(sys.stderr), scorer)
            yield wiring.news(config, own_stores, outside, own_clock), own_clock

    with (
        wiring.alerting(config, sys.stderr, controls.say) as notifier,
        open_run(folder, run) as stores,
        _started(folder, request, run, rules, controls) as where,
    ):
        tell_standing_halts(folder, config.agent.id, controls)
        what = f"agent {config.agent.id} trades {', '.join(config.agent.symbols)} on paper ({run.market})"
        controls.say("; ".join([f"{what}, a line a minute", *([where] if where else []), "Ctrl-C ends it"]))
        if scorer.told:
            controls.say(scorer.told)
        outside = outside_of(market, notifier)
        use_cases = wiring.use_cases(config, stores, outside, rules, wiring.real_time(config))
        news = NewsThread(open_poll, controls.stop, controls.say)
        news.start()
        try:
            finished = RealTime(use_cases, clock, controls.wake, controls.say, controls.beat).run(
                request.ticks, controls.stop, telling_moved_files(stores.raise_if_moved, notifier, controls)
            )
        finally:
            controls.stop.set()
            news.join()
        return Ended(summarize(stores.journal, config.agent.id, config.agent.cash), finished)


def telling_moved_files(raise_if_moved: Callable[[], None], notifier: Notifier, controls: Controls) -> OnMinute:
    """`Controls.on_minute`, which also says, and the first time alerts, that a file of this run is another one now."""
    alerted = False

    def on_minute(report: TradeReport) -> None:
        nonlocal alerted
        controls.on_minute(report)
        try:
            raise_if_moved()
        except Unavailable as error:
            controls.say(f"no new order: {error}")
            if not alerted:
                tell(notifier, Alert("no new order is placed", str(error), _now_ms()))
            alerted = True

    return on_minute


def outside_of(market: RunMarket, notifier: Notifier, scorer: Scorer | None = None) -> wiring.Outside:
    """The market as the use cases' ports."""
    headlines = market.headlines
    return wiring.Outside(market.source, headlines.news, headlines.feeds, notifier, headlines.history, scorer)


def _identity(request: RunRequest) -> Mapping[str, object]:
    """What makes a run in simulated time this run: its rules, its data and how long it is to be."""
    files = [path for path in (*request.paths, request.news, request.sentiment) if path is not None]
    return {
        "config": request.config.hash,
        "symbols": list(request.config.agent.symbols),
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
def _started(folder: RunFolder, request: RunRequest, run: Run, rules: AgentRules, controls: Controls) -> Iterator[str]:
    """The start takes effect, by one step; then the run is served until the block ends. Gives the words that say where.

    Everything that may refuse a start comes before.
    """
    agent, flatten = request.config.agent, request.config.risk.halt_action == HaltAction.FLATTEN
    file = "" if request.config_file is None else str(request.config_file.resolve())
    folder.point(AgentPointer(agent.id, run.id, _now_ms(), agent.mode, agent.cash, rules, flatten, file))
    with controls.serve(run) as where:
        yield where


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
