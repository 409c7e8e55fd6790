"""What the page rests on: data, parameter sets tried and settings; and all its figures once more, for scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from enum import Enum

from chalicelib.config import Config
from chalicelib.config.keys import ROWS, SETTINGS, value_of
from chalicelib.moments import minute_text
from chalicelib.strategy.chosen import config_hash
from chalicelib.strategy.rule import StrategyRule
from trader.backtest.bar_lines import bar_lines
from trader.backtest.baselines import HIGH, LOW, MIDDLE, RandomEntries
from trader.backtest.data import Data
from trader.backtest.engine import fastest, folded_for
from trader.backtest.market import MarketColumns
from trader.backtest.metrics import Metrics
from trader.backtest.metrics_json import metrics_json
from trader.backtest.oddities import dead_fills_line, oddities
from trader.backtest.steps import candles_word
from trader.data.symbols_info import unknown_steps
from trader.report.content import BY_HAND, Report, SampleSpan
from trader.report.costs import Paid
from trader.report.groups import by_entry, by_exit, by_symbol
from trader.report.markup import Markup, element, section, table
from trader.report.months import Month
from trader.report.packing import there
from trader.report.verdict import BaselineStanding, trials_words
from trader.report.wording import bars_counted, count, span, until

ASSUMED = "orders of any size fill at the price of their bar, also in bars in which little or nothing was traded"
GROUPS = {"by_symbol": by_symbol, "by_entry_reason": by_entry, "by_exit_reason": by_exit}
LEFT_OUT = "both sentiment terms of the rule were left out: nothing was known of sentiment"


def data_section(report: Report, seed: int) -> Markup:
    """Symbols, range, gaps, sentiment, sets tried, and by what it was run."""
    data, times = report.data, report.result.times
    seconds = report.metrics.get("seconds")
    took = f", {float(seconds):.3f} s" if isinstance(seconds, (int, float)) else ""
    bars = bars_counted(len(times), data.tape.step_ms)
    rows = [
        ("Range", f"{until(int(times[0]), int(times[-1]))}, {bars} on the time line"),
        ("Decided by", _decided_by(data)),
        ("Strategy's bars", _strategy_bars(data.tape, report.result.rule)),
        ("Sentiment", _sentiment(data)),
        ("Fills", ASSUMED),
        *(("Told", line) for line in _told(report)),
        ("Parameter sets", trials_words(report.trials)),
        ("Random entries", f"drawn from seed {seed} (agent.seed)"),
        ("Settings", f"hash {config_hash(report.config, report.result.rule)}: agents that decide alike have the same"),
        ("Run by", f"{report.engine}{took}"),
    ]
    symbols = table(
        "Candles",
        ("Symbol", "Bars", "First", "Last", "Gaps", "Minutes missing", "Lot step", "Tick", "Least order"),
        _symbol_rows(data),
    )
    facts = table("What the result rests on", (), rows, class_="wordy")
    return section("Data and method", "data", facts, symbols)


def _told(report: Report) -> Iterator[str]:
    """Lines of what is odd about the market, and of how many fills met it."""
    for line in (
        *unknown_steps(zip(report.data.symbols, report.data.steps, strict=True)),
        *oddities(report.data.symbols, report.data.tape, report.config),
        dead_fills_line(report.data.tape, report.result),
    ):
        if line:
            yield f"{line[0].upper()}{line[1:]}."


def _decided_by(data: Data) -> str:
    return (
        "signals from a file, in place of the strategy"
        if data.signals is not None
        else "the rule, with the settings below"
    )


def _strategy_bars(tape: MarketColumns, rule: StrategyRule) -> str:
    candles = candles_word(tape.step_ms)
    for line in bar_lines(tape, rule, folded_for(tape, rule, fastest())):
        return f"{line}; orders, stops and targets meet the {candles} that they are made of"
    return f"the {candles} themselves"


def _sentiment(data: Data) -> str:
    if data.signals is not None:
        return "not looked at: signals stand in for the rule"
    return data.sentiment or LEFT_OUT


def _symbol_rows(data: Data) -> Iterator[tuple[str, ...]]:
    tape: MarketColumns = data.tape
    for symbol, name in enumerate(data.symbols):
        times = tape.times[there(tape.open[symbol])]
        gaps, steps = data.gaps[symbol], data.steps[symbol]
        ends = (minute_text(int(times[0])), minute_text(int(times[-1]))) if len(times) else ("", "")
        missing = f"{gaps.minutes:,} ({span(gaps.minutes)})" if gaps.minutes else "0"
        asked = (f"{each:g}" if each else "unknown" for each in steps)
        yield name, f"{len(times):,}", *ends, f"{gaps.runs:,}", missing, *asked


def settings_section(config: Config, rule: StrategyRule) -> Markup:
    """Every key that differs from its default, and the others folded."""
    rows = [
        (name, printed(value_of(config, name)), printed(value_of(Config(), name)), row.about)
        for name, row in ROWS.items()
    ]
    rows += _settings_rows(rule)
    changed = [row for row in rows if row[1] != row[2]]
    usual = [(name, value, about) for name, value, default, about in rows if value == default]
    shown = (
        table("Settings that differ from their defaults", ("Key", "Value", "Default", ""), changed, class_="wordy")
        if changed
        else element("p", "Every setting has its default.", class_="note")
    )
    folded = element(
        "details",
        element("summary", f"{count(len(usual), 'setting')} with the default"),
        table("Settings with their defaults", ("Key", "Value", ""), usual, class_="wordy"),
    )
    return section("Settings", "settings", shown, folded)


def _settings_rows(rule: StrategyRule) -> Iterator[tuple[str, str, str, str]]:
    """The strategy's own settings: key, value, default, whose it is."""
    defaults = rule.strategy.form.settings()
    for name, value in rule.settings._asdict().items():
        yield f"{SETTINGS}{name}", printed(value), printed(getattr(defaults, name)), f"Setting of {rule.strategy.name}."


def printed(value: object) -> str:
    """A setting as text. Secrets print as stars, and addresses without their scheme: the page refers to nothing.

    >>> printed(("https://a.example/rss", "B")), printed(True), printed(0.02)
    ('a.example/rss, B', 'yes', '0.02')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {printed(each)}" for name, each in value.items())
    if isinstance(value, tuple):
        return ", ".join(map(printed, value)) or "none"
    return re.sub(r"https?://", "", str(value)) or "none"


def all_figures(
    report: Report, hold: Metrics, standing: BaselineStanding, spent: Paid, months: Mapping[Month, float]
) -> dict[str, object]:
    """What metrics.json holds, and what the page adds to it."""
    trials = report.trials
    return {
        **metrics_json(report.config, report.result.rule, report.data, report.engine, report.metrics),
        "parameter_sets_tried": trials.tried if trials else 1,
        "chosen": trials.chosen if trials else BY_HAND,
        "verdict": trials.verdict if trials else "",
        "warnings": list(trials.warnings) if trials else [],
        "remarks": list(trials.remarks) if trials else [],
        "in_sample": [_sample(each) for each in (trials.in_sample if trials else ())],
        "out_of_sample": [_sample(each) for each in (trials.out_of_sample if trials else ())],
        "buy_and_hold": dict(hold),
        "random_entries": _random(standing.random, standing.beaten, report.config.agent.seed),
        "slippage_paid": spent.slippage,
        "turnover": spent.turnover,
        "total_return_before_costs": spent.return_without,
        **{name: [asdict(each) for each in made(report.result)] for name, made in GROUPS.items()},
        "monthly_returns": {f"{year}-{month:02d}": value for (year, month), value in months.items()},
    }


def _sample(sample: SampleSpan) -> dict[str, object]:
    return {**sample.metrics, "first_ms": sample.first_ms, "last_ms": sample.last_ms}


def _random(random: RandomEntries | None, beaten: float, seed: int) -> dict[str, object] | None:
    if random is None:
        return None
    percentiles = [LOW, MIDDLE, HIGH]
    figures = {name: list(spread) for name, spread in random.figures().items()}
    return {"runs": len(random.marks), "seed": seed, "beaten": beaten, "percentiles": percentiles, "figures": figures}
