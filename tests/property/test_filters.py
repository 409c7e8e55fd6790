"""Two readings of the filters, the product's and the simulated exchange's, over drawn orders: they never disagree."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from itertools import chain
from pathlib import Path
from random import Random

import pytest

from chalicelib.filters import proposed
from chalicelib.filters.legal import legal
from chalicelib.filters.proposed import FilterRefusal, ProposedOrder
from chalicelib.filters.reading import READERS, symbol_filters
from tests.shared_data import shared
from tests.support.effort import SEED, repeats
from tests.support.filter_cases import (
    CLIENT,
    EXCHANGE,
    FilterCase,
    Filters,
    Judge,
    drawn_case,
    pair_of,
    proposed_of,
)
from tests.support.filter_defects import (
    IN_THE_PRODUCT,
    ON_THE_EXCHANGE,
    defective_client,
    defective_exchange,
)
from trader.sim.exchange_info import filters
from trader.sim.listing import listing

SAMPLE = 4_000
RECORDED = "binance/payloads/recorded_exchange_info.json"


def disagreement(cases: list[FilterCase], exchange: Judge = EXCHANGE, client: Judge = CLIENT) -> FilterCase | None:
    """The first case in which one says otherwise than the other."""
    return next((case for case in cases if exchange(case) != client(case)), None)


@pytest.fixture(scope="module")
def cases() -> list[FilterCase]:
    random = Random(SEED)
    return [drawn_case(random) for _ in range(SAMPLE)]


def test_the_product_and_the_exchange_never_disagree() -> None:
    random = Random(SEED)
    for _ in range(repeats(SAMPLE, 1_000_000)):
        case = drawn_case(random)
        assert EXCHANGE(case) == CLIENT(case), case


def test_what_is_made_legal_passes_and_what_passes_is_unchanged() -> None:
    random, seen = Random(SEED), Counter[str]()
    for _ in range(repeats(SAMPLE, 200_000)):
        case = drawn_case(random)
        order, around = proposed_of(case, proposed)
        found = legal(order, symbol_filters(pair_of(case), case.exchange_filters), around)
        if not EXCHANGE(case):
            assert found is order
        if isinstance(found, FilterRefusal):
            seen["refused"] += 1
            continue
        seen["as it was" if found is order else "made legal"] += 1
        assert EXCHANGE(as_sent(case, found)) == ""
        assert found.quantity <= order.quantity
        assert (found.price <= order.price) if order.is_buy else (found.price >= order.price)
    assert min(seen.values()) > SAMPLE / 40, seen
    assert len(seen) == 3


def as_sent(case: FilterCase, order: ProposedOrder) -> FilterCase:
    return replace(case, quantity=order.quantity, price=order.price, stop_price=order.stop_price, iceberg=order.iceberg)


def test_every_kind_of_filter_is_met_and_passed(cases: list[FilterCase]) -> None:
    broken = {EXCHANGE(case) for case in cases}
    shown = {each["filterType"] for case in cases for each in chain(case.filters, case.exchange_filters)}
    assert {name.removesuffix("_BY_SIDE") for name in shown} | {""} == broken
    not_judged_by_the_exchange = {"MAX_NUM_ORDER_LISTS", "EXCHANGE_MAX_NUM_ORDER_LISTS", "MAX_NUM_ORDER_AMENDS"}
    assert shown == set(READERS) - not_judged_by_the_exchange


@pytest.mark.parametrize("planted", ON_THE_EXCHANGE, ids=lambda planted: planted[1][:50])
def test_a_defect_of_the_exchange_is_a_disagreement(cases: list[FilterCase], planted: tuple[str, str]) -> None:
    assert disagreement(cases, exchange=defective_exchange(*planted)) is not None


@pytest.mark.parametrize("number", range(len(IN_THE_PRODUCT)), ids=lambda number: IN_THE_PRODUCT[number][2][:50])
def test_a_defect_of_the_product_is_a_disagreement(
    cases: list[FilterCase], number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    assert disagreement(cases, client=defective_client(tmp_path, number, *IN_THE_PRODUCT[number])) is not None


def agree_over(shown: Filters) -> None:
    """Both readings over drawn orders, by filters as an exchange shows them, orders moved to where they are near."""
    random, verdicts = Random(SEED), Counter[str]()
    lots = next(each for each in shown if each["filterType"] == "LOT_SIZE")
    prices = next(each for each in shown if each["filterType"] == "PRICE_FILTER")
    for _ in range(repeats(2_000, 50_000)):
        case = _moved(drawn_case(random), random, lots["stepSize"], prices["tickSize"])
        case = replace(case, filters=shown, exchange_filters=[])
        assert EXCHANGE(case) == CLIENT(case), case
        verdicts[EXCHANGE(case)] += 1
    assert len(verdicts) > 4, verdicts


def _moved(case: FilterCase, random: Random, step: str, tick: str) -> FilterCase:
    """The case with its quantity in these lots and its prices on these ticks, mostly, worth little or much."""
    lot, unit = type(case.price)(step), type(case.price)(tick)
    quantity = lot * random.choice((1, 7, 1_000, 123_457, 10**9)) + random.choice((0, 0, 0, lot / 10))
    price = unit * random.choice((1, 900_000, 1_000_001, 10**8, 10**8 + 1))
    return replace(
        case,
        quantity=quantity,
        price=price if case.price else case.price,
        reference=unit * random.choice((900_000, 4_500_000)),
    )


def test_both_agree_by_filters_that_were_recorded() -> None:
    answer = json.loads(shared(RECORDED).read_text("utf-8"))
    for symbol in answer["symbols"]:
        assert symbol_filters(symbol).unknown == ()
        agree_over(symbol["filters"])


def test_both_agree_by_the_filters_that_the_simulated_exchange_shows() -> None:
    agree_over(filters(listing("BTCUSDT", 100_000.0, 2)))
