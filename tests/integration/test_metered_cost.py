"""What the deployed functions use is what metered.toml says of them; metered anew here, for a few minutes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.metering import quiet_minute
from tests.support.metering_file import Measured, flat
from trader.cost.figures import Event, read_figures

MINUTES = 25
LINEAR = ("writes.candles", "reads.candles", "writes.indicators", "function.fetch_klines.calls.exchange")
"""What every symbol has its own of, so that any number of symbols tells."""


@pytest.fixture(scope="module")
def one_symbol() -> Measured:
    return quiet_minute(1, MINUTES)


def expected(event: Event, symbols: int) -> dict[str, float]:
    """The figures of the file under the names that `flat` gives them."""
    found: dict[str, float] = {}
    for name, work in event.functions.items():
        for plain in ("invocations", "log_bytes", "bytes_out"):
            found[f"function.{name}.{plain}"] = getattr(work, plain).at(symbols)
        for kind, amounts in (("calls", work.calls), ("connections", work.connections)):
            found |= {f"function.{name}.{kind}.{asked}": amount.at(symbols) for asked, amount in amounts.items()}
    for part in ("writes", "reads", "stored_bytes", "others"):
        found |= {f"{part}.{table}": amount.at(symbols) for table, amount in getattr(event, part).items()}
    return found


def differences(measured: Measured, event: Event) -> list[str]:
    """What is not as the file says: counts may be off by one or so over all minutes, bytes by a twentieth."""
    found = {name: value for name, value in flat(measured).items() if not name.endswith(("cpu_ms", "init_ms"))}
    wanted = expected(event, 1)
    lines = []
    for name in sorted({*found, *wanted}):
        here, there = found.get(name, 0.0), wanted.get(name, 0.0)
        allowed = 0.05 * there + 2.0 if "bytes" in name else 1.5 / MINUTES
        if abs(here - there) > allowed:
            lines.append(f"{name}: metered {here:.4g} a minute, metered.toml says {there:.4g}")
    return lines


def test_a_minute_uses_what_the_file_says(one_symbol: Measured) -> None:
    assert differences(one_symbol, read_figures().events["minute"]) == [], "run: python -m tests.support.metering"


def test_one_read_or_invocation_more_would_show(one_symbol: Measured) -> None:
    event = read_figures().events["minute"]
    more = {**one_symbol.reads, "halts": one_symbol.reads["halts"] + 1.0}
    assert len(differences(replace(one_symbol, reads=more), event)) == 1
    trade = one_symbol.functions["trade"]
    again = {**one_symbol.functions, "trade": replace(trade, invocations=trade.invocations + 1.0)}
    assert len(differences(replace(one_symbol, functions=again), event)) == 1


def test_every_further_symbol_adds_what_the_file_says() -> None:
    found, wanted = flat(quiet_minute(3, 5)), expected(read_figures().events["minute"], 3)
    assert {name: found[name] for name in LINEAR} == pytest.approx({name: wanted[name] for name in LINEAR})
