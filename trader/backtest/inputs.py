"""What the options of a command name, read once: candles, settings, and what was known of sentiment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from chalicelib.assets import refuse_mixed_quotes
from chalicelib.config import Config, InputsSettings, home, load_config
from chalicelib.domain import MINUTE_MS
from chalicelib.kernel.lots import ANY, SymbolSteps
from chalicelib.series import SENTIMENT
from chalicelib.strategy.chosen import odd_lines, rule_of, strategy_of
from chalicelib.wiring import market_of
from trader.backtest.bar_lines import bar_lines
from trader.backtest.data import Data
from trader.backtest.engine import fastest, folded_for
from trader.backtest.market import MarketColumns, tape_of, with_inputs
from trader.backtest.news_columns import Progress
from trader.backtest.oddities import oddities
from trader.backtest.preparing import prepare, tell_first_compile
from trader.backtest.rule_signals import RuleSignals
from trader.backtest.sentiment_columns import closes_of
from trader.backtest.sentiment_source import SentimentSource, sentiment_source_of
from trader.backtest.series_columns import series_columns
from trader.backtest.signals import signals_of
from trader.backtest.steps import candles_word, refuse_without_files, step_line, step_of
from trader.data.archive_contents import archived
from trader.data.candle_files import read_candle_files
from trader.data.candles import CandleColumns, Gaps, gaps
from trader.data.series_file import SeriesFile
from trader.data.series_files import files_of, refuse_needed, sentiment_file_of, series_lines
from trader.data.symbols_info import SYMBOLS_FOLDER, read_symbols_info, unknown_steps

Say = Callable[[str], None]

NO_SENTIMENT = "no sentiment, news or signals: both sentiment terms of the rule are left out"
WHATEVER_THEIR_AGE = (
    "inputs.sentiment_max_age is not set: headlines count whatever their age; a new agent in real time begins with 24h"
)
KEPT_WINDOWS = 8
"""Of headlines: each is a column of sentiment a symbol, which a search over windows must not collect."""


@dataclass(frozen=True, slots=True)
class Source:
    """What was asked for; see the options of `trader paper backtest`."""

    candles: str | None = None
    symbols: str | None = None
    from_ms: int | None = None
    to_ms: int | None = None
    config: Path | None = None
    overrides: tuple[str, ...] = ()
    sentiment: Path | None = None
    news: Path | None = None
    signals: Path | None = None
    series: tuple[str, ...] = ()
    """NAME=FILE each."""
    symbols_info: Path | None = None


@dataclass(frozen=True)
class BacktestInputs:
    """One market, for any number of settings."""

    config: Config
    """Of the command; its symbols are those of the market."""
    source: Source
    symbols: tuple[str, ...]
    gaps: tuple[Gaps, ...]
    tape: MarketColumns
    """Without inputs."""
    sentiment_source: SentimentSource | None
    signals: RuleSignals | None
    series: Mapping[str, SeriesFile] = field(default_factory=dict)
    steps: Mapping[str, SymbolSteps] = field(default_factory=dict)
    """What the exchange asks of orders, of the symbols of which that is known."""
    whose: str = ""
    """In words: whose candles they are, where they are those of the archive."""
    _data: dict[InputsSettings, Data] = field(default_factory=dict)

    def data(self, config: Config) -> Data:
        """The market with what these settings make of the headlines: how many are averaged over, of which age."""
        if config.inputs not in self._data:
            while len(self._data) >= KEPT_WINDOWS:
                del self._data[next(iter(self._data))]
            self._data[config.inputs] = self._with_sentiment(config.inputs)
        return self._data[config.inputs]

    def _with_sentiment(self, inputs: InputsSettings) -> Data:
        steps = tuple(self.steps.get(symbol, ANY) for symbol in self.symbols)
        strategy = strategy_of(self.config)
        closes = closes_of(self.tape.times, self.tape.step_ms)
        known = series_columns(self.series, inputs, self.symbols, closes)
        if self.sentiment_source is None:
            tape = with_inputs(self.tape, strategy, known)
            return Data(self.symbols, tape, self.gaps, steps, self.signals, candles=self.whose)
        sentiment = self.sentiment_source.columns(inputs.sentiment_window, inputs.sentiment_max_age_ms)
        words = f"{self.sentiment_source.words}{of_age(inputs)}"
        tape = with_inputs(self.tape, strategy, {**known, SENTIMENT: sentiment})
        return Data(self.symbols, tape, self.gaps, steps, self.signals, words, self.whose)


def load(source: Source, say: Say, progress: Progress) -> BacktestInputs:
    """Raises BadInput for what cannot be read or does not fit together."""
    stepping = load_config(source.config, source.overrides)
    candles, whose = _candles(source, stepping, say)
    if line := step_line(stepping.agent.step_ms):
        say(line)
    symbols = tuple(each.symbol for each in candles)
    refuse_mixed_quotes(symbols, "--symbol" if source.candles is None else "--candles")
    config = load_config(source.config, [*source.overrides, f"agent.symbols={','.join(symbols)}"], say)
    steps = known_steps(source, config)
    rule = rule_of(config)
    for line in odd_lines(config, rule if source.signals is None else None):
        say(line)
    step_ms = config.agent.step_ms
    found = tuple(gaps(each, step_ms) for each in candles)
    tape = tape_of(candles, step_ms)
    unknown = unknown_steps((each, steps.get(each, ANY)) for each in symbols)
    for line in (*_gap_lines(symbols, found, step_ms), *oddities(symbols, tape, config), *unknown):
        say(line)
    bars = folded_for(tape, rule, fastest())
    for line in bar_lines(tape, rule, bars):
        say(line)
    if source.signals is not None:
        tell_first_compile(fastest(), say)
        signals = signals_of(source.signals, symbols, tape, say, bars)
        return BacktestInputs(config, source, symbols, found, tape, None, signals, {}, steps, whose)
    files = files_of(rule.strategy, config.inputs, source.series)
    moods = source.sentiment or sentiment_file_of(config.inputs, source.news)
    source = replace(source, sentiment=moods)
    sentiment_source = sentiment_source_of(config, symbols, tape.times, moods, source.news, progress, say, step_ms)
    refuse_needed(rule.strategy, [*files, *([] if sentiment_source is None else [SENTIMENT])])
    for line in series_lines(rule.strategy, files, config.inputs, symbols):
        say(line)
    if sentiment_source is not None:
        say(f"sentiment: {sentiment_source.words}{of_age(config.inputs)}")
        if not config.inputs.says_max_age:
            say(WHATEVER_THEIR_AGE)
    elif rule.strategy.reads_sentiment:
        say(NO_SENTIMENT)
    inputs = BacktestInputs(config, source, symbols, found, tape, sentiment_source, None, files, steps, whose)
    prepare(rule, inputs.data(config).tape, fastest(), say)
    return inputs


def known_steps(source: Source, config: Config) -> Mapping[str, SymbolSteps]:
    """Of the file that was named, else of what the archive has of the exchange. Raises BadInput."""
    if source.symbols_info is not None:
        return read_symbols_info(source.symbols_info)
    kept = home() / SYMBOLS_FOLDER / f"{market_of(config.exchange.base_url)}.json"
    return read_symbols_info(kept) if source.candles is None and kept.exists() else {}


def _gap_lines(symbols: Sequence[str], found: Sequence[Gaps], step_ms: int) -> Iterator[str]:
    for symbol, missing in zip(symbols, found, strict=True):
        if missing.minutes:
            count = missing.minutes * MINUTE_MS // step_ms
            yield f"{symbol}: {count} {candles_word(step_ms)} are missing in {missing.runs} gaps"


def of_age(inputs: InputsSettings) -> str:
    """Words about the age limit behind where sentiment comes from, empty where there is none."""
    return "" if inputs.sentiment_max_age_ms is None else f", none older than {inputs.sentiment_max_age}"


def _candles(source: Source, stepping: Config, say: Say) -> tuple[list[CandleColumns], str]:
    """The candles, and in words whose they are where no file was named."""
    if source.candles is not None:
        step = step_of(stepping)
        return read_candle_files(source.candles, source.symbols, source.from_ms, source.to_ms, say, step), ""
    refuse_without_files(stepping, "the candles of trader history")
    refuse_mixed_quotes((source.symbols or "").split(","), "--symbol")
    overrides = [*source.overrides, *([f"agent.symbols={source.symbols}"] if source.symbols else [])]
    config = load_config(source.config, overrides)
    bounds = (source.from_ms, source.to_ms)
    path, address = home() / "archive.sqlite", config.exchange.base_url
    found, whose = archived(path, address, config.agent.symbols, bounds, say)
    say(f"candles: {whose}")
    return found, whose
