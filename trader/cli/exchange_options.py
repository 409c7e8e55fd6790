"""--testnet, --demo, --live and --base-url: which exchange a command by hand asks."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from trader.by_hand.destination import AskedExchange, Destination
    from trader.by_hand.venue import HandVenue

OPTIONS = (
    click.option("--testnet", is_flag=True, help="Binance's test network: coins of no worth."),
    click.option("--demo", is_flag=True, help="Binance's demo exchange: coins of no worth, real prices."),
    click.option("--live", is_flag=True, help='Real money, where agent.toml says agent.mode = "live" too.'),
    click.option("--base-url", metavar="URL", help="REST address of the exchange (default: exchange.base_url)."),
)


def exchange_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options to a command, which is given what they say as `asked`; two exchanges at once are wrong usage."""

    @wraps(command)
    def asking(*arguments: Any, testnet: bool, demo: bool, live: bool, base_url: str | None, **others: Any) -> Any:
        from trader.by_hand.destination import AskedExchange

        if testnet + demo + live > 1:
            raise click.UsageError("--testnet, --demo and --live are three exchanges: give one of them")
        return command(*arguments, asked=AskedExchange(testnet, demo, live, base_url), **others)

    for option in reversed(OPTIONS):
        asking = option(asking)
    return asking


def opened(asked: AskedExchange) -> tuple[HandVenue, Destination]:
    """The exchange that is meant, signed for with the keys of .env.

    Raises BadInput as `load_config`, `load_secrets` and `destination_of`.
    """
    from chalicelib.config import load_config, load_secrets
    from trader.by_hand.destination import destination_of
    from trader.by_hand.opening import exchange_of

    config = load_config()
    destination = destination_of(config, asked)
    return exchange_of(config, destination, load_secrets()), destination
