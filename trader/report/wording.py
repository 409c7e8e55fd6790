"""Numbers, times and spans of time as a person reads them. Times are UTC."""

from __future__ import annotations

from chalicelib.config.intervals import interval_of
from chalicelib.domain import MINUTE_MS
from chalicelib.moments import minute_text
from trader.backtest.metrics import FRACTIONS, MONEY, Metrics
from trader.data.money import money_digits

MINUS, NONE = "\N{MINUS SIGN}", "\N{EN DASH}"
LONGEST_WRITTEN_OUT = 1e15
SIGNED = frozenset({"total_return", "buy_and_hold_return", "cagr", "sharpe", "sortino", "calmar", "expectancy"})
"""What may be below 0."""


def number(value: float, digits: int = 2, signed: bool = False) -> str:
    """A number with thousands apart and a real minus sign.

    >>> number(12345.678), number(0.5, signed=True), number(-0.001), number(-1.0) == f"{MINUS}1.00"
    ('12,345.68', '+0.50', '0.00', True)
    """
    text = f"{abs(value):,.{digits}f}" if abs(value) < LONGEST_WRITTEN_OUT else f"{abs(value):.2e}"
    if not any(character in "123456789" for character in text):
        return text
    return f"{MINUS if value < 0 else '+' if signed else ''}{text}"


def percent(fraction: float, digits: int = 2, signed: bool = False) -> str:
    """A fraction in percent.

    >>> percent(0.0312), percent(0.5, 0, signed=True)
    ('3.12%', '+50%')
    """
    return f"{number(fraction * 100.0, digits, signed)}%"


def count(value: int, one: str, many: str | None = None) -> str:
    """So many of something.

    >>> count(1, "trade"), count(2000, "trade")
    ('1 trade', '2,000 trades')
    """
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def figure(name: str, value: float | int | str | None, cash: float) -> str:
    """A figure of `metrics.DEFINITIONS` by its name, of an account that began with this cash.

    >>> figure("total_return", 0.1, 1.0), figure("trades", 1200, 1.0), figure("sharpe", None, 1.0) == NONE
    ('+10.00%', '1,200', True)
    """
    if value is None:
        return NONE
    if isinstance(value, str):
        return value
    if name in FRACTIONS:
        return percent(value, signed=name in SIGNED)
    if name in MONEY:
        return amount(value, cash, signed=name in SIGNED)
    return number(value, 0 if isinstance(value, int) else 2, signed=name in SIGNED)


def amount(value: float, cash: float, signed: bool = False) -> str:
    """An amount of money of an account that began with this cash.

    >>> amount(-12345.678, 10_000.0) == f"{MINUS}12,345.68", amount(4.05e-5, 0.05, signed=True)
    (True, '+0.00004050')
    """
    return number(value, money_digits(value, cash), signed)


def known(metrics: Metrics, name: str) -> float | None:
    """A figure as a number; None where it is undefined or was never worked out."""
    value = metrics.get(name)
    return None if value is None or isinstance(value, str) else float(value)


def span(minutes: float) -> str:
    """How long.

    >>> span(0.0), span(59.6), span(61.0), span(1500.0), span(90 * 1440)
    ('0 min', '1 h', '1 h 1 min', '1 d 1 h', '90 d')
    """
    hours, rest = divmod(round(minutes), 60)
    days, over = divmod(hours, 24)
    parts = ((days, "d"), (over, "h")) if days else ((over, "h"), (rest, "min"))
    return " ".join(f"{amount} {unit}" for amount, unit in parts if amount) or "0 min"


def bars_counted(number: int, step_ms: int) -> str:
    """So many bars of this length.

    >>> bars_counted(1_440, 60_000), bars_counted(24, 3_600_000)
    ('1,440 minutes', '24 candles of 1h')
    """
    name = "minute" if step_ms == MINUTE_MS else "candle"
    return f"{count(number, name)}{'' if step_ms == MINUTE_MS else f' of {interval_of(step_ms)}'}"


def until(first_ms: int, last_ms: int) -> str:
    """A range of minutes, both included.

    >>> until(0, 86_400_000)
    '1970-01-01 00:00 to 1970-01-02 00:00 UTC'
    """
    return f"{minute_text(first_ms)} to {minute_text(last_ms)} UTC"


def spoken(name: str) -> str:
    """The name of a figure, a reason or a key as words.

    >>> spoken("take_profit")
    'take profit'
    """
    return name.replace("_", " ")
