"""Money is shown with digits that say something, whatever the currency, and a yearly rate only of a span with one."""

from __future__ import annotations

import re
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from tests.support.reports import candles, embedded, report
from trader.cli.trades import short_row
from trader.data.money import money_digits, money_text, price_text, written_out
from trader.data.trade_list import ListedTrade
from trader.report.page import page_of
from trader.report.wording import amount

ACCOUNTS = st.floats(1e-6, 1e12)


@given(account=ACCOUNTS, share=st.floats(1e-6, 10.0), sign=st.sampled_from((1.0, -1.0)))
def test_an_amount_that_matters_to_its_account_is_never_shown_as_nothing(
    account: float, share: float, sign: float
) -> None:
    text = money_text(sign * share * account, account)
    assert re.fullmatch(r"-?\d+\.\d{2,14}", text)
    assert abs(float(text) - sign * share * account) <= max(0.005, 0.006 * share * account)
    assert any(digit in "123456789" for digit in text)


@given(account=st.floats(100.0, 1e12), value=st.floats(0.01, 1e12))
def test_two_digits_stay_two_for_accounts_of_usual_size(account: float, value: float) -> None:
    assert money_digits(value, account) == 2


@given(number=st.floats(1e-17, 1e15))
def test_numbers_are_written_out_and_read_back_the_same(number: float) -> None:
    assert "e" not in written_out(number)
    assert float(written_out(number)) == number
    assert abs(float(price_text(number)) - number) <= 1e-7 * number


def test_a_report_in_bitcoin_says_what_was_paid_and_earned() -> None:
    made = candles("SHIBBTC", 4_000)
    shown = page_of(
        report(
            made._replace(**{name: getattr(made, name) * 1e-10 for name in ("open", "high", "low", "close")}),
            overrides=["agent.cash=0.05"],
        )
    )
    text = re.sub(
        r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<(script|style).*?</\1>", "", shown, flags=re.S)))
    )
    assert re.search(r"Fees of 0\.00\d{6} are paid", text)
    assert re.search(r"Final equity (0\.0\d{7} ){3}0\.0\d{7} to 0\.0\d{7} ", text)
    assert embedded(shown, "charts")["money_digits"] == 8
    assert " 0.00 " not in text


def test_a_span_of_days_has_no_yearly_rate_and_says_why() -> None:
    given_report = report(candles("BTCUSDT", 4_000))
    assert given_report.metrics["cagr"] is None
    assert given_report.metrics["calmar"] is None
    shown = page_of(given_report)
    assert re.search(r"CAGR</t[hd]>(<td[^>]*>\N{EN DASH}</td>){2}<td></td>", shown.replace("\n", ""))
    assert "none below 30 days" in shown
    assert "too few for a yearly rate" in shown


def test_a_span_of_a_month_has_one() -> None:
    assert report(candles("BTCUSDT", 30 * 1440)).metrics["cagr"] is not None
    assert report(candles("BTCUSDT", 30 * 1440 - 1)).metrics["cagr"] is None


def test_a_trade_in_bitcoin_is_listed_with_its_digits() -> None:
    trade = ListedTrade(
        *(1, "default", "SHIBBTC", 249_750.25, 0, 2e-8, 5e-6, "signal"),
        *(60_000, 1.96e-8, 4.9e-6, "stop_loss", -0.00010979, -0.02198),
    )
    assert short_row(trade)[4:] == (
        *("0.00000002", "1970-01-01 00:01", "0.0000000196", "signal, stop_loss"),
        "-0.000109790 -2.20%",
    )


def test_no_number_fills_lines() -> None:
    assert amount(1.5e88, 1.0) == "1.50e+88"
