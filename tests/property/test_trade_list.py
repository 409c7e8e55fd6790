"""A list of trades for taxes: whatever the numbers, text is plain decimals, those that were meant."""

from __future__ import annotations

import re
from decimal import Decimal
from math import isclose

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.addition import added
from trader.data.trade_csv import csv_row, meant
from trader.data.trade_list import COLUMNS, ListedTrade, totals_of

NUMBERS = st.floats(1e-18, 1e18)
PNL = st.floats(-1e12, 1e12)
PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")


@given(quantity=NUMBERS, price=NUMBERS, left=NUMBERS, fee=NUMBERS, pnl=PNL, share=PNL)
def test_numbers_are_plain_and_read_back_but_for_what_a_float_adds(
    quantity: float, price: float, left: float, fee: float, pnl: float, share: float
) -> None:
    trade = ListedTrade(1, "a", "SHIBBTC", quantity, 0, price, fee, "signal", 60_000, left, fee, "end", pnl, share)
    row = dict(zip(COLUMNS, csv_row(trade), strict=True))
    given = {"quantity": quantity, "entry_price": price, "exit_price": left, "entry_fee": fee, "pnl": pnl}
    for name, value in given.items():
        assert PLAIN.fullmatch(row[name])
        assert isclose(float(row[name]), value, rel_tol=1e-14)
    assert Decimal(row["cost"]) == Decimal(row["quantity"]) * Decimal(row["entry_price"])
    assert (row["entry_time"], row["exit_time"]) == ("1970-01-01T00:00:00Z", "1970-01-01T00:01:00Z")


@given(steps=st.integers(1, 10**15 - 1), places=st.integers(0, 15))
def test_a_whole_number_of_steps_is_written_as_the_exchange_has_it(steps: int, places: int) -> None:
    step = 10.0**-places
    assert meant(steps * step) == meant(steps / 10.0**places) == Decimal(steps).scaleb(-places)


@given(st.lists(st.tuples(PNL, st.booleans())))
def test_totals_count_what_is_open_apart(found: list[tuple[float, bool]]) -> None:
    trades = [
        ListedTrade(1, "a", "S", 1.0, 0, 1.0, 0.5, "signal", None if is_open else 1, 1.0, None, None, pnl, 0.0)
        for pnl, is_open in found
    ]
    totals = totals_of(trades)
    assert (totals.closed + totals.open, totals.fees) == (len(found), 0.5 * len(found))
    assert totals.won == sum(pnl > 0.0 for pnl, is_open in found if not is_open)
    assert totals.open == sum(is_open for _, is_open in found)


@given(st.lists(st.tuples(PNL, st.integers(0, 3))))
def test_what_won_is_counted_by_positions_all_exits_of_one_together(found: list[tuple[float, int]]) -> None:
    trades = [
        ListedTrade(1, "a", "S", 1.0, 0, 1.0, 0.5, "signal", 1, 1.0, None, None, pnl, 0.0, position)
        for pnl, position in found
    ]
    counted = [[pnl for pnl, position in found if position == number] for number in {each for _, each in found} - {0}]
    alone = [[pnl] for pnl, position in found if position == 0]
    totals = totals_of(trades)
    assert (totals.closed, totals.positions) == (len(found), len(counted) + len(alone))
    assert totals.won == sum(added(each) > 0.0 for each in counted + alone)
