"""trader decide: what the agent would do now, and every input behind it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trader.cli import output
from trader.cli.explaining import condition_facts, headline_dict, sentiment_facts, value_text
from trader.cli.strategy_option import overrides_of, strategy_option
from trader.cli.symbol_options import SYMBOL
from trader.data.money import money

if TYPE_CHECKING:
    from chalicelib.config import Config
    from chalicelib.domain import Decision
    from chalicelib.services.explained import Explained


@click.command("decide")
@click.option("--config", type=click.Path(path_type=Path), help="Settings of the agent (default: ./agent.toml).")
@strategy_option
@click.option("--symbol", metavar="S", type=SYMBOL, help="Only this symbol.")
@click.option("--dry-run", is_flag=True, help="Judge from what is stored: fetch nothing, write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the decisions as a JSON array.")
def command(config: Path | None, strategy: str | None, symbol: str | None, dry_run: bool, as_json: bool) -> None:
    """What the agent would do now. No order is ever written or sent.

    For an agent in real time the newest candles and headlines are fetched first, unless --dry-run; an agent that has no
    run yet is judged on the configured exchange, without any position.

    \b
    Examples:
      trader decide
      trader decide --dry-run --symbol BTCUSDT --json
    """
    from chalicelib.config import load_config
    from trader.runtime.decide_now import decisions_now

    settings = load_config(config, overrides_of(strategy), output.note)
    judged = decisions_now(settings, not dry_run, output.note)
    if strategy is not None:
        refuse_other([each.decision for each in judged], settings, strategy)
    chosen = [each for each in judged if symbol in (None, each.decision.symbol)]
    if not chosen:
        names = ", ".join(each.decision.symbol for each in judged)
        raise click.UsageError(f"--symbol {symbol}: the agent trades {names}")
    if as_json:
        output.print_json([as_dict(each) for each in chosen])
        return
    for each in chosen:
        output.print_facts(f"{each.decision.symbol}", fields_of(each))


def as_dict(explained: Explained) -> dict[str, object]:
    """The object that `--json` prints of each decision."""
    return {
        **asdict(explained.decision),
        "conditions": explained.conditions,
        "reads_sentiment": explained.reads_sentiment,
        "headlines": [headline_dict(headline) for headline in explained.headlines],
    }


def refuse_other(judged: Iterable[Decision], settings: Config, strategy: str) -> None:
    """Raise BadInput where the agent's run goes on with what it began with, which is another strategy."""
    from chalicelib.errors import BadInput
    from chalicelib.strategy.chosen import strategy_of

    if any(decision.rule != strategy_of(settings).hash for decision in judged):
        raise BadInput(
            f"--strategy {strategy}: the agent's run decides by another one: begin a run with this, or leave it out"
        )


def fields_of(explained: Explained) -> dict[str, output.Cell]:
    """A decision with everything behind it, as names and values."""
    decision = explained.decision
    candle = decision.candle
    return {
        "symbol": decision.symbol,
        "would": f"{decision.action}: {decision.outcome}",
        **condition_facts(explained.conditions),
        **({"error": decision.error} if decision.error else {}),
        "quantity": decision.quantity or None,
        "in position": "yes" if decision.in_position else "no",
        "candle": output.utc(decision.minute_ms),
        "close": None if candle is None else candle.close,
        **{name.replace("_", " "): value_text(value, 8) for name, value in decision.snapshot.items()},
        "signals": ", ".join(decision.signals) or None,
        **sentiment_facts(explained),
        "equity": money(decision.equity, decision.equity),
        "config": decision.config_hash,
        "rule": decision.rule,
    }
