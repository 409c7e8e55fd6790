"""The bill by examples computed by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from trader.cost.bill import bill, by_kind, by_resource, duration_ms, stored_bytes, total
from trader.cost.figures import Amount, Assumed, Event, Figures, Table, Work
from trader.cost.prices import Price, Prices

ASSUMED = Assumed(
    wait_ms={"dynamodb": 5.0, "exchange": 100.0},
    connect_ms={"dynamodb": 10.0, "exchange": 50.0},
    connect_cpu_ms={"dynamodb": 12.0, "exchange": 8.0},
    runtime_cpu_ms=1.0,
    new_connections=0.5,
    logs_kept_days=15.2,
    log_compression=0.2,
)
WORK = Work(
    invocations=Amount(1.0),
    cpu_ms=Amount(8.0, 2.0),
    calls={"dynamodb": Amount(2.0, 1.0), "exchange": Amount(1.0, 1.0)},
    connections={"dynamodb": Amount(1.0), "exchange": Amount(1.0)},
    log_bytes=Amount(100.0, 10.0),
    bytes_out=Amount(1000.0, 500.0),
)
MINUTE = Event(
    a_day=Amount(1440.0),
    functions={"fetch": WORK},
    writes={"candles": Amount(1.0, 1.0)},
    reads={"candles": Amount(0.5)},
    stored_bytes={"candles": Amount(100.0, 100.0), "money": Amount(10.0)},
    others={"schedules": Amount(4.0)},
)
FIGURES = Figures(
    ASSUMED,
    memory_mb={"fetch": 1769},
    tables={"candles": Table(14.0, False), "money": Table(None, True)},
    events={"minute": MINUTE},
    monthly={"alarms": 2.0},
)
PRICES = Prices(
    "nowhere-1",
    "2026-11",
    {
        "lambda_requests": Price(0.2, 1_000_000, "invocation", ""),
        "lambda_duration": Price(0.00001, 1, "GB-s", ""),
        "dynamodb_writes": Price(0.625, 1_000_000, "write", ""),
        "dynamodb_reads": Price(0.125, 1_000_000, "read", ""),
        "dynamodb_storage": Price(0.25, 1, "GB", ""),
        "dynamodb_backups": Price(0.2, 1, "GB", ""),
        "logs_ingested": Price(0.5, 1, "GB", ""),
        "logs_stored": Price(0.03, 1, "GB", ""),
        "alarms": Price(0.1, 1, "alarm", ""),
        "schedules": Price(0.0, 1, "event", ""),
        "data_out": Price(0.09, 1, "GB", ""),
    },
    {},
)
MINUTES = 43_776
"""1,440 x 30.4"""


def charged(symbols: int = 1, figures: Figures = FIGURES) -> dict[str, float]:
    return by_kind(bill(figures, PRICES, symbols))


def test_a_write_a_minute_is_under_three_cents() -> None:
    assert charged()["dynamodb_writes"] == pytest.approx(0.02736)  # 43,776 x 0.625 / 1,000,000


def test_each_symbol_adds_its_own_part() -> None:
    assert charged(10)["dynamodb_writes"] == pytest.approx(0.2736)
    assert charged(10)["dynamodb_reads"] == pytest.approx(charged(1)["dynamodb_reads"]) == pytest.approx(0.002736)


def test_an_invocation_is_billed_for_work_waits_and_connections() -> None:
    # 8 of work, half of 12 + 8 for connections, 1 of the runtime; 2 x 5 + 100 of answers, half of 10 + 50; rounding 0.5
    assert duration_ms(FIGURES, "fetch", WORK, 1) == pytest.approx(8 + 10 + 1 + 110 + 30 + 0.5)
    assert charged()["lambda_duration"] == pytest.approx(0.1595 * 1769 / 1024 * MINUTES * 0.00001)
    assert charged()["lambda_requests"] == pytest.approx(MINUTES * 0.2 / 1_000_000)


def test_a_smaller_memory_takes_longer_for_work_and_as_long_for_waits() -> None:
    small = replace(FIGURES, memory_mb={"fetch": 177})
    assert duration_ms(small, "fetch", WORK, 1) == pytest.approx(19 * 1769 / 177 + 110 + 30 + 0.5)


def test_more_memory_than_one_cpu_needs_makes_nothing_faster() -> None:
    large = replace(FIGURES, memory_mb={"fetch": 3538})
    assert duration_ms(large, "fetch", WORK, 1) == duration_ms(FIGURES, "fetch", WORK, 1)
    assert charged(figures=large)["lambda_duration"] == pytest.approx(2 * charged()["lambda_duration"])


def test_init_runs_at_full_speed_whatever_the_memory() -> None:
    cold = replace(WORK, init_ms=Amount(300.0))
    small = replace(FIGURES, memory_mb={"fetch": 128})
    assert duration_ms(small, "fetch", cold, 1) - duration_ms(small, "fetch", WORK, 1) == pytest.approx(300.0)


def test_a_table_that_forgets_holds_its_days_and_another_grows() -> None:
    month, year = stored_bytes(FIGURES, 1, 30.4), stored_bytes(FIGURES, 1, 365.0)
    assert month["candles"] == year["candles"] == 14 * 1440 * 100
    assert year["money"] == 365 * 1440 * 10
    assert month["money"] == pytest.approx(30.4 * 1440 * 10)
    assert stored_bytes(FIGURES, 1, 7.0)["candles"] == 7 * 1440 * 100


def test_storage_is_billed_as_after_a_year_and_backups_only_where_there_are_any() -> None:
    assert charged()["dynamodb_storage"] == pytest.approx((14 * 144_000 + 365 * 14_400) / 2**30 * 0.25)
    assert charged()["dynamodb_backups"] == pytest.approx(365 * 14_400 / 2**30 * 0.2)


def test_logs_are_billed_when_written_and_while_kept_compressed() -> None:
    gigabytes = MINUTES * 100 / 2**30
    assert charged()["logs_ingested"] == pytest.approx(gigabytes * 0.5)
    assert charged()["logs_stored"] == pytest.approx(
        gigabytes * 0.5 * 0.2 * 0.03
    )  # half a month of it, a fifth in size


def test_what_is_free_or_by_the_month_is_in_the_bill_too() -> None:
    assert charged()["alarms"] == pytest.approx(0.2)
    assert charged()["schedules"] == 0.0
    assert charged()["data_out"] == pytest.approx(MINUTES * 1000 / 2**30 * 0.09)
    assert charged(3)["data_out"] == pytest.approx(2 * charged()["data_out"])


def test_the_parts_make_up_the_whole_in_both_ways_of_cutting_it() -> None:
    charges = bill(FIGURES, PRICES, 7)
    assert sum(by_kind(charges).values()) == pytest.approx(total(charges))
    assert sum(by_resource(charges).values()) == pytest.approx(total(charges))
    assert "lambda fetch" in by_resource(charges)
    assert "dynamodb candles" in by_resource(charges)


def test_rarer_events_cost_by_how_often_they_come_to_how_many_symbols() -> None:
    trade = Event(Amount(10.0, 10.0), {}, {"money": Amount(6.0)}, {}, {}, {})
    figures = replace(FIGURES, events={"minute": MINUTE, "trade": trade})
    added = charged(4, figures)["dynamodb_writes"] - charged(4)["dynamodb_writes"]
    assert added == pytest.approx(40 * 30.4 * 6 * 0.625 / 1_000_000)
    assert charged(4, figures.more_often("trade", 2.0))["dynamodb_writes"] == pytest.approx(
        charged(4)["dynamodb_writes"] + 2 * added
    )


def test_a_slower_network_and_a_slower_processor_show() -> None:
    slow = FIGURES.slower(2.0)
    assert duration_ms(slow, "fetch", WORK, 1) == pytest.approx(159.5 + 140)
    weak = FIGURES.on_slower_processor(2.0)
    assert duration_ms(weak, "fetch", weak.events["minute"].functions["fetch"], 1) == pytest.approx(159.5 + 18)


def test_a_figure_without_a_price_is_not_left_out() -> None:
    with pytest.raises(KeyError):
        bill(replace(FIGURES, monthly={"dragons": 1.0}), PRICES, 1)


def test_a_price_of_more_than_zero_never_makes_the_bill_smaller_with_more_symbols() -> None:
    totals = [total(bill(FIGURES, PRICES, symbols)) for symbols in range(1, 12)]
    assert totals == sorted(totals)


def test_requests_that_wait_together_are_billed_one_wait() -> None:
    together = replace(FIGURES, assumed=replace(ASSUMED, together={"exchange": 2.0}))
    saved_ms = duration_ms(FIGURES, "fetch", WORK, 1) - duration_ms(together, "fetch", WORK, 1)
    assert saved_ms == pytest.approx((100.0 + 0.5 * 50.0) / 2)
