"""What was typed reaches the exchange to the last digit, or not at all."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import Side
from chalicelib.wanted_orders import OrderKind
from trader.by_hand.ticket import amount_of, client_id_of, digits, ticket_of

TYPED = st.from_regex(r"[0-9]{1,15}(\.[0-9]{1,18})?", fullmatch=True)


@given(TYPED)
def test_an_amount_is_kept_to_the_digit(text: str) -> None:
    amount = amount_of(text)
    assert (amount is None) == (not text.replace(".", "").strip("0"))
    if amount is not None:
        assert digits(amount) == (text.lstrip("0") if text.lstrip("0")[:1] not in ("", ".") else f"0{text.lstrip('0')}")


@pytest.mark.parametrize(
    "text", ["", "1e-5", "1E5", "+1", "-1", "0", "0.000", ".", "1.", ".5", "1,5", "1_0", "\u0661", "nan"]
)
def test_what_the_exchange_would_read_otherwise_is_no_amount(text: str) -> None:
    assert amount_of(text) is None


@pytest.mark.parametrize(
    ("limit", "stop", "kind"),
    [(None, None, "MARKET"), ("1", None, "LIMIT"), (None, "1", "STOP_LOSS"), ("1", "2", "STOP_LOSS_LIMIT")],
)
def test_the_prices_that_are_given_make_the_type(limit: str | None, stop: str | None, kind: str) -> None:
    limit_price, stop_price = (None if price is None else Decimal(price) for price in (limit, stop))
    assert ticket_of("BTCUSDT", Side.BUY, Decimal(1), limit_price, stop_price, "hand-1").kind is OrderKind(kind)


def test_an_id_is_one_that_the_exchange_takes() -> None:
    made = client_id_of(1_750_000_000_000, "0123abcd")
    assert made == "hand-1750000000000-0123abcd"
    assert len(made) <= 36
