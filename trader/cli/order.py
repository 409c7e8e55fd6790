"""trader order: real orders by hand."""

from __future__ import annotations

import secrets
import sys
import time
from decimal import Decimal
from typing import TYPE_CHECKING

import click

from chalicelib.errors import BadInput
from trader.cli import output
from trader.cli.exchange_options import exchange_options, opened
from trader.cli.order_shown import COLUMNS, order_object, order_row, show_order
from trader.cli.symbol_options import SYMBOL

if TYPE_CHECKING:
    from trader.by_hand.destination import AskedExchange, Destination


class OrderAmount(click.ParamType[Decimal]):
    """A quantity or a price, exact as it was typed."""

    name = "AMOUNT"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        from trader.by_hand.ticket import DIGITS_WORDS, amount_of

        amount = amount_of(str(value))
        if amount is None:
            self.fail(f"{value!r} must be {DIGITS_WORDS}", param, ctx)
        return amount


class OrderName(click.ParamType[str]):
    """The id of an order: the exchange's, which is digits, or ours."""

    name = "ID"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        if not (text.isascii() and text.replace("-", "").replace("_", "").isalnum() and len(text) <= 36):
            self.fail(f"{text!r} must be an order id, or a client id of 1 to 36 letters, digits, - and _", param, ctx)
        return text


AMOUNT = OrderAmount()
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON; amounts are texts, exact.")
YES = click.option("--yes", is_flag=True, help="Real money without a question.")


@click.group("order")
def command() -> None:
    """Place, cancel and look up orders on an exchange, by hand: the agent and its store know nothing of them.

    BINANCE_API_KEY and BINANCE_API_SECRET stand in .env. Money is real only where agent.toml says agent.mode = "live"
    and --live is given, and then the symbol is asked for before anything is sent.

    \b
    Examples:
      trader order place BTCUSDT BUY 0.001 --testnet
      trader order place BTCUSDT SELL 0.001 --limit 120000 --testnet
      trader order open --testnet
      trader order cancel BTCUSDT hand-1750000000000-1f2e3d4c --testnet
    """


@command.command("place")
@click.argument("symbol", type=SYMBOL)
@click.argument("side", metavar="BUY|SELL", type=click.Choice(["BUY", "SELL"], case_sensitive=False))
@click.argument("quantity", type=AMOUNT)
@click.option("--limit", type=AMOUNT, metavar="PRICE", help="At this price or a better one; it rests until then.")
@click.option("--stop", type=AMOUNT, metavar="PRICE", help="Only once this price is met.")
@YES
@exchange_options
@JSON
def place(
    symbol: str,
    side: str,
    quantity: Decimal,
    limit: Decimal | None,
    stop: Decimal | None,
    yes: bool,
    as_json: bool,
    asked: AskedExchange,
) -> None:
    """Buy or sell QUANTITY of the base currency, at the market unless a price is given.

    What the symbol's filters do not let pass is cut to a legal step, which is said, or refused by the filter's name.
    The order's own id is told before it is sent. Where no clear answer comes, the exchange is asked for that id, and
    nothing is sent twice.

    \b
    Examples:
      trader order place BTCUSDT BUY 0.001 --testnet
      trader order place BTCUSDT SELL 0.001 --stop 90000 --limit 89900 --testnet
    """
    from chalicelib.domain import Side
    from trader.by_hand.sending import place_once
    from trader.by_hand.ticket import client_id_of, ticket_of, words_of

    venue, destination = opened(asked)
    client_id = client_id_of(time.time_ns() // 1_000_000, secrets.token_hex(4))
    typed = ticket_of(symbol, Side(side), quantity, limit, stop, client_id)
    order = venue.legal(typed)
    words = words_of(order)
    if order != typed:
        _say(f"{words_of(typed)} is not on the steps of {symbol}: it becomes {words}")
    confirm(destination, words, symbol, yes)
    _say(f"sending {words} to {destination.words} as {client_id}")
    show_order(place_once(venue, order, _say, time.sleep), as_json)


@command.command("cancel")
@click.argument("symbol", type=SYMBOL)
@click.argument("name", metavar="ID", type=OrderName())
@YES
@exchange_options
@JSON
def cancel(symbol: str, name: str, yes: bool, as_json: bool, asked: AskedExchange) -> None:
    """Take back the order ID, the exchange's number or the client id that was told when it was placed.

    \b
    Examples:
      trader order cancel BTCUSDT 28 --testnet
    """
    from trader.by_hand.sending import cancel_once

    venue, destination = opened(asked)
    confirm(destination, f"cancel {name} of {symbol}", symbol, yes)
    show_order(cancel_once(venue, symbol, name, _say, time.sleep), as_json)


@command.command("show")
@click.argument("symbol", type=SYMBOL)
@click.argument("name", metavar="ID", type=OrderName())
@exchange_options
@JSON
def show(symbol: str, name: str, as_json: bool, asked: AskedExchange) -> None:
    """The order ID as the exchange has it now.

    \b
    Examples:
      trader order show BTCUSDT hand-1750000000000-1f2e3d4c --testnet
    """
    venue, _ = opened(asked)
    show_order(venue.find(symbol, name), as_json)


@command.command("open")
@click.argument("symbol", type=SYMBOL, required=False)
@exchange_options
@JSON
def open_orders(symbol: str | None, as_json: bool, asked: AskedExchange) -> None:
    """The orders that rest, on SYMBOL or on all symbols.

    \b
    Examples:
      trader order open --testnet
      trader order open BTCUSDT --testnet --json
    """
    venue, _ = opened(asked)
    found = venue.open_orders(symbol)
    if as_json:
        output.print_json([order_object(order) for order in found])
    else:
        output.print_table("Open orders", COLUMNS, [order_row(order) for order in found])


def confirm(destination: Destination, words: str, symbol: str, yes: bool) -> None:
    """Raises BadInput unless a person types the symbol, where money is real and was not agreed to."""
    if not destination.is_live or yes:
        return
    output.note(f"{words} on {destination.words}. Type {symbol} to go on:")
    if sys.stdin.readline().strip().upper() != symbol:
        raise BadInput(f"{symbol} was not typed: nothing was sent")


def _say(line: str) -> None:
    output.note(f"trader: {line}")
