"""What an exchange asks of orders by symbol, of a file as its exchangeInfo answers: lot steps, ticks, least worths."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path

from chalicelib.domain import Symbol
from chalicelib.errors import BadInput
from chalicelib.filters.amounts import ZERO
from chalicelib.filters.grids import LotRule, MarketLotRule, PriceRule
from chalicelib.filters.reading import filters_by_symbol
from chalicelib.filters.symbol_filters import SymbolFilters
from chalicelib.filters.worth import WorthRule
from chalicelib.kernel.lots import ANY, SymbolSteps
from chalicelib.wiring import asked_of
from trader.data.files import make_folder, replace_file

SYMBOLS_FOLDER = "symbols"
"""Beside the archive: a file for each market that candles were fetched from."""
UNKNOWN = (
    "lot steps, ticks and least orders are not known (--symbols-info FILE): small accounts and coins with coarse ticks"
    " look better than they are"
)
LARGEST_BYTES = 64_000_000
"""A whole exchangeInfo has some 20 MB."""


def read_symbols_info(path: Path) -> dict[str, SymbolSteps]:
    """By symbol. Raises BadInput for what is no answer of exchangeInfo."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise BadInput(f"{path}: larger than {LARGEST_BYTES:,} bytes, which no exchangeInfo is")
        answer = json.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror or error})") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path}: no JSON, where the answer of GET /api/v3/exchangeInfo is wanted ({error})") from error
    if not isinstance(answer, Mapping):
        raise BadInput(f"{path}: must be the answer of GET /api/v3/exchangeInfo, an object with symbols")
    try:
        return {name: steps_in(filters) for name, filters in filters_by_symbol(answer).items()}
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error


def steps_in(filters: SymbolFilters) -> SymbolSteps:
    """The filters that paper and backtests keep to, as floats."""
    lots = [rule.grid.step for rule in filters.rules if isinstance(rule, LotRule | MarketLotRule)]
    ticks = [rule.grid.step for rule in filters.rules if isinstance(rule, PriceRule)]
    worths = [rule.least for rule in filters.rules if isinstance(rule, WorthRule)]
    return SymbolSteps(*(float(max(found, default=ZERO)) for found in (lots, ticks, worths)))


def unknown_steps(symbols: Iterable[tuple[str, SymbolSteps]]) -> Iterator[str]:
    """What a user is told where nobody knows what is asked of a symbol's orders."""
    unknown = ", ".join(name for name, steps in symbols if steps == ANY)
    if unknown:
        yield f"{unknown}: {UNKNOWN}"


def remember_symbols(path: Path, symbols: Iterable[Symbol]) -> None:
    """Keep what an exchange told of symbols, beside what the file has of others. Raises BadInput."""
    make_folder(path.parent)
    kept = read_symbols_info(path) if path.exists() else {}
    told = {symbol.name: asked_of(symbol) for symbol in symbols}
    rows = [_row(name, steps) for name, steps in sorted((kept | told).items())]

    def write(target: Path) -> None:
        target.write_text(json.dumps({"symbols": rows}, indent=1), "utf-8")

    replace_file(path, write)


def _row(name: str, steps: SymbolSteps) -> dict[str, object]:
    lot, tick, least = (format(Decimal(repr(value)), "f") for value in steps)
    return {
        "symbol": name,
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": "0", "maxPrice": "0", "tickSize": tick},
            {"filterType": "LOT_SIZE", "minQty": "0", "maxQty": "0", "stepSize": lot},
            {"filterType": "MIN_NOTIONAL", "minNotional": least, "applyToMarket": True},
        ],
    }
