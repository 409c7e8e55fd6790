"""trader preflight: what must be right before an agent trades on an exchange."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from trader.cli import output
from trader.cli.exchange_options import exchange_options

if TYPE_CHECKING:
    from trader.by_hand.destination import AskedExchange
    from trader.by_hand.finding import Premises

COLUMNS = ("check", "state", "found")


@click.command("preflight")
@exchange_options
@click.option("--json", "as_json", is_flag=True, help='Print one JSON object: {"ok": .., "findings": [..]}.')
def command(asked: AskedExchange, as_json: bool) -> int:
    """Look at all that an agent needs to trade on the exchange: keys and what they may do, clock, symbols, balance.

    `fix` is what no agent should trade with; the exit code is 1 then. Nothing is ordered.

    \b
    Examples:
      trader preflight --testnet
      trader preflight --base-url http://127.0.0.1:8099 --json
    """
    from trader.by_hand.preflight import must_be_fixed, preflight

    found = preflight(_premises(asked))
    to_fix = must_be_fixed(found)
    if as_json:
        output.print_json({"ok": not to_fix, "findings": [each._asdict() for each in found]})
    else:
        output.print_table("Preflight", COLUMNS, found)
    return 1 if to_fix else 0


def _premises(asked: AskedExchange) -> Premises:
    from chalicelib.config import load_config, load_secrets, private_key_file
    from trader.by_hand.destination import destination_of
    from trader.by_hand.finding import Premises
    from trader.by_hand.opening import exchange_of, has_keys

    config, secrets = load_config(), load_secrets()
    destination = destination_of(config, asked)
    return Premises(
        config,
        destination,
        exchange_of(config, destination, secrets),
        has_keys=has_keys(secrets),
        has_alerts=bool(secrets.webhook or config.alerts.webhook),
        now_ms=time.time_ns() // 1_000_000,
        key_file=private_key_file(),
    )
