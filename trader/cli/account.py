"""trader account: what there is on an exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from trader.cli import output
from trader.cli.exchange_options import exchange_options, opened

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from chalicelib.exchange_account import AccountState
    from trader.by_hand.destination import AskedExchange
    from trader.by_hand.venue import HandVenue

COLUMNS = ("asset", "free", "locked", "dust")


@click.command("account")
@exchange_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object; amounts are texts, exact.")
def command(asked: AskedExchange, as_json: bool) -> None:
    """What the account of the keys in .env holds on the exchange: every asset, free and locked in orders.

    Dust is what no order can sell, as it is below the least lot or worth; it is told of what agent.symbols trade.

    \b
    Examples:
      trader account --testnet
      trader account --base-url http://127.0.0.1:8099 --json
    """
    venue, destination = opened(asked)
    known = venue.account()
    rows = balance_rows(known, dust_of(venue, known))
    if as_json:
        whose = {"exchange": destination.base_url, "can_trade": known.can_trade, "permissions": known.permissions}
        output.print_json({**whose, "balances": rows})
        return
    may = "yes" if known.can_trade else "no"
    facts = {"exchange": destination.words, "can trade": may, "permissions": ", ".join(known.permissions) or None}
    output.print_facts("Account", facts)
    output.print_table("Balances", COLUMNS, [list(row.values()) for row in rows])


def dust_of(venue: HandVenue, account: AccountState) -> Mapping[str, Decimal]:
    """The dust by asset; none, which is said, where the exchange does not tell what it takes."""
    from chalicelib.errors import TraderError

    try:
        return venue.dust(account)
    except TraderError as error:
        output.note(f"dust is not known: {error}")
        return {}


def balance_rows(account: AccountState, dust: Mapping[str, Decimal]) -> list[dict[str, str | None]]:
    """The assets of which there is something, amounts as texts, exact."""
    from trader.by_hand.ticket import digits

    def told_dust(asset: str) -> str | None:
        return digits(dust[asset]) if asset in dust else None

    return [
        dict(zip(COLUMNS, (asset, digits(held.free), digits(held.locked), told_dust(asset)), strict=True))
        for asset, held in sorted(account.balances.items())
        if held.free or held.locked
    ]
