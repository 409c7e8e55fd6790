"""Whatever reads, trades, shows or halts knows no strategy: it names no indicator and no setting of any one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pytest

from tests.architecture.import_rule import project_sources

OF_ONE_STRATEGY = re.compile(
    r"\b(rsi|ema|atr|macd|bollinger)\b|\b(rsi|ema|bb)_(?!sentiment\b|cross\b)\w+|\bsentiment_(buy|sell)\b",
    re.IGNORECASE,
)
"""Words of the indicators and settings that there are; a strategy's own name is none of them."""
EXAMPLE = re.compile(r"--(set|grid) strategy\.settings\.\w+=")
"""Of a command, in its help: without one nobody would know how to give a setting."""
MAY_NAME_THEM = (
    "chalicelib.strategies.",
    "chalicelib.kernel.indicators",
    "chalicelib.config.renamed",
    "trader.cli.indicators",
    "trader.authoring.my_strategy",
)


def named(sources: Mapping[str, str]) -> Iterator[str]:
    """`module, line: word` of everything that one strategy alone has."""
    for module, source in sources.items():
        if module.startswith(MAY_NAME_THEM):
            continue
        for number, line in enumerate(source.splitlines(), 1):
            found = OF_ONE_STRATEGY.search(EXAMPLE.sub("", line))
            if found is not None:
                yield f"{module}, {number}: {found.group()}"


def test_nothing_names_an_indicator_or_a_setting_of_one_strategy() -> None:
    assert list(named(project_sources())) == []


@pytest.mark.parametrize(
    ("planted", "word"),
    [
        ("low = snapshot.rsi", "rsi"),
        ("if values['ema_50'] > close:", "ema_50"),
        ("rule.settings.rsi_buy", "rsi_buy"),
        ('config.get("sentiment_sell")', "sentiment_sell"),
        ("band = bb_upper", "bb_upper"),
        ('"""Bollinger bands."""', "Bollinger"),
    ],
)
def test_a_planted_name_is_seen(planted: str, word: str) -> None:
    sources = {"chalicelib.services.trade": planted, "chalicelib.strategies.mine": planted}
    assert list(named(sources)) == [f"chalicelib.services.trade, 1: {word}"]


@pytest.mark.parametrize(
    "fine", ["name = 'rsi_sentiment'", "is_file('ema_cross')", "schema_version", "sentiment_window"]
)
def test_names_of_strategies_and_of_what_all_share_are_fine(fine: str) -> None:
    assert list(named({"trader.backtest": fine})) == []
