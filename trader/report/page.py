"""The page, put together and written."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from string import Template

from chalicelib.assets import split_symbol
from chalicelib.config.intervals import interval_of
from chalicelib.kernel.account import Costs
from chalicelib.strategy.rule import StrategyRule
from trader.backtest.baselines import buy_and_hold, random_entries
from trader.backtest.metrics import Metrics
from trader.data.files import replace_file
from trader.report.chart_data import chart_data
from trader.report.content import Report
from trader.report.costs import costs_section, paid
from trader.report.facts import all_figures, data_section, settings_section
from trader.report.figures import figures_section, holding_figures, samples_section
from trader.report.markup import Markup, element, joined, json_script
from trader.report.months import monthly_returns, months_section
from trader.report.trades import trades_sections
from trader.report.verdict import standing_of, verdict_section
from trader.report.wording import SIGNED, bars_counted, figure, spoken, until

SCRIPTS = (
    "data.js",
    "unpack.js",
    "candles.js",
    "lines.js",
    "values.js",
    "axes.js",
    "panes.js",
    "value_panes.js",
    "levels.js",
    "price.js",
    "curves.js",
    "view.js",
    "gestures.js",
    "trades.js",
    "page.js",
)
"""In the order in which they build on one another."""
CARDS = ("total_return", "buy_and_hold_return", "max_drawdown", "sharpe", "trades", "win_rate", "exposure", "fees")


def write_report(path: Path, report: Report) -> None:
    """One file that needs no other; the old one or the whole new one. Raises BadInput if it cannot be written."""
    page = page_of(report)
    replace_file(path, lambda temporary: _write(temporary, page))


def _write(path: Path, page: str) -> None:
    path.write_text(page, "utf-8")


def page_of(report: Report) -> str:
    """The page as HTML."""
    data, result, config = report.data, report.result, report.config
    costs = Costs(config.fees.rate, config.fees.slippage)
    holding = buy_and_hold(data.tape, result.start_cash)
    hold = holding_figures(result.start_cash, result.times, holding, report.data.tape.step_ms)
    months = monthly_returns(result.start_cash, result.times, result.equity)
    random = random_entries(data.tape, result, costs, config.agent.seed)
    standing, spent = standing_of(report, random), paid(result, costs)
    before = (verdict_section(report, standing, spent), cards(report.metrics, result.start_cash))
    after = (
        samples_section(report.trials, result.start_cash, report.data.tape.step_ms)
        if report.trials and (report.trials.in_sample or report.trials.out_of_sample)
        else "",
        figures_section(report.metrics, hold, random, result.start_cash),
        months_section(months, monthly_returns(result.start_cash, result.times, holding)),
        trades_sections(data, result),
    )
    last = (
        costs_section(costs, spent, split_symbol(data.symbols[0])[1]),
        data_section(report, config.agent.seed),
        settings_section(config, result.rule),
    )
    return Template(text_of("page.html")).substitute(
        title=element("title", f"Backtest of {', '.join(data.symbols)}"),
        style=Markup(text_of("page.css")),
        head=head_of(report),
        before=joined(before),
        after=joined(after),
        last=joined(last),
        figures=json_script("metrics", all_figures(report, hold, standing, spent, months)),
        charts=json_script("charts", chart_data(report, random)),
        script=Markup("\n".join(text_of(name) for name in SCRIPTS)),
    )


def text_of(name: str) -> str:
    """A file beside this module."""
    return files(__package__ or __name__).joinpath(name).read_text("utf-8")


def head_of(report: Report) -> Markup:
    """What was run, over what."""
    times, config = report.result.times, report.config
    name = element("h1", element("small", "Backtest"), " ", ", ".join(report.data.symbols))
    rule = strategy_line(report.result.rule) if report.data.signals is None else "signals from a file"
    bars = bars_counted(len(times), report.data.tape.step_ms)
    line = f"{until(int(times[0]), int(times[-1]))} · {bars} · {rule} · agent {config.agent.id}"
    return element("header", name, element("p", line))


def strategy_line(rule: StrategyRule) -> str:
    """The strategy, its settings and, where they are longer than candles, its bars."""
    settings = ", ".join(f"{name} {value:g}" for name, value in rule.settings._asdict().items())
    bars = f" on bars of {interval_of(rule.interval_ms)}" if rule.has_longer_bars else ""
    return f"{rule.strategy.name} ({settings}){bars}" if settings else f"{rule.strategy.name}{bars}"


def cards(metrics: Metrics, cash: float) -> Markup:
    """The figures that are looked at first."""
    return element("dl", *(card(name, metrics.get(name), cash) for name in CARDS), class_="cards")


def card(name: str, value: float | int | str | None, cash: float) -> Markup:
    """One of them; what may be below 0 is coloured."""
    signed = isinstance(value, float) and name in SIGNED and value != 0.0
    tone = ("gain" if float(value or 0.0) > 0.0 else "loss") if signed else None
    title = "buy-and-hold" if name == "buy_and_hold_return" else spoken(name)
    return element("div", element("dt", title), element("dd", figure(name, value, cash), class_=tone))
