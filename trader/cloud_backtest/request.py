"""What is asked of a run: the input of the state machine, and what its plan leaves for the steps after it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from chalicelib.config import Config, config_of
from chalicelib.config.intervals import refuse_longer_candles
from chalicelib.config.keys import ROWS, value_of
from chalicelib.config.values import shown
from chalicelib.errors import BadInput
from chalicelib.foreign_text import printable
from chalicelib.series import SENTIMENT, refuse_absent
from chalicelib.strategy.chosen import strategy_of
from chalicelib.strategy.loader import take
from chalicelib.strategy.rule import Strategy
from chalicelib.symbol_name import symbol_name
from trader.data.series_files import HOW, refuse_unread
from trader.tuning.limits import MOST_FOLDS, OBJECTIVE, OBJECTIVES

RUN_ID = re.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,79}")
"""What a run may be called: it is the name of an execution and a folder of the bucket."""
NOT_SENT = ("alerts.", "news.feeds")
"""Keys that no backtest there looks at; the first may hold a secret."""
FILES_HERE = "inputs.series"
"""A key that names files of the machine that sends; the request has what is in them."""
WHERE = "the request"


@dataclass(frozen=True, slots=True)
class BacktestRequest:
    """Which market, which settings, which parameter sets. Times are open_ms of minutes, both inclusive."""

    symbols: tuple[str, ...]
    from_ms: int
    to_ms: int
    settings: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """As an agent.toml, section by section."""
    grid: tuple[str, ...] = ()
    """As --grid takes them: section.key=a,b,c."""
    folds: int = 4
    """Of the walk-forward; 0: chosen and judged on the same minutes."""
    objective: str = OBJECTIVE
    """The figure in sample by which a set is chosen."""
    min_trades: int = 1
    """A set with fewer in sample is not chosen."""
    archive_url: str = ""
    """Where monthly archives are published; empty: nowhere, the exchange is asked for everything."""
    series: Mapping[str, str] = field(default_factory=dict)
    """Of each series that is given, by its name, the SHA-256 of the file that holds it."""
    source: str = ""
    """The text of the strategy file that the settings name; empty where they name none."""

    def config(self) -> Config:
        """The settings, of these symbols. Raises BadInput."""
        return config_of(self.settings, WHERE, [f"agent.symbols={','.join(self.symbols)}"])

    def as_json(self) -> dict[str, object]:
        """What `read_request` reads."""
        return {**asdict(self), "symbols": list(self.symbols), "grid": list(self.grid)}


def read_request(given: object) -> BacktestRequest:
    """The request in a parsed JSON object. Raises BadInput naming what is wrong with it."""
    if not isinstance(given, dict):
        raise BadInput(f"{WHERE}: must be an object, not {printable(repr(given), 60)}")
    names = {each: each for each in BacktestRequest.__slots__}
    unknown = sorted(set(given) - set(names))
    if unknown:
        raise BadInput(f"{WHERE}: {printable(unknown[0], 60)}: unknown; it has {', '.join(names)}")
    request = BacktestRequest(
        symbols=tuple(symbol_name(each, f"{WHERE}: symbols:") for each in _texts(given, "symbols")),
        from_ms=_whole(given, "from_ms"),
        to_ms=_whole(given, "to_ms"),
        settings=_sections(given.get("settings", {})),
        grid=_texts(given, "grid"),
        folds=_whole(given, "folds", 4),
        objective=_objective(given.get("objective", OBJECTIVE)),
        min_trades=_whole(given, "min_trades", 1),
        archive_url=_url(given.get("archive_url", "")),
        series=_digests(given.get("series", {})),
        source=_text(given.get("source", ""), "source"),
    )
    if not request.symbols:
        raise BadInput(f"{WHERE}: symbols: at least one must be named")
    if request.folds > MOST_FOLDS:
        raise BadInput(f"{WHERE}: folds: {request.folds} given, at most {MOST_FOLDS}")
    if request.from_ms >= request.to_ms:
        raise BadInput(f"{WHERE}: from_ms {request.from_ms} must lie before to_ms {request.to_ms}")
    config = request.config()
    refuse_longer_candles(config.agent.interval, WHERE)
    _refuse_unknown_series(_strategy_in(request.source, config), request.series)
    return request


def _strategy_in(source: str, config: Config) -> Strategy:
    """The strategy that a request is about. Raises BadInput for a file whose source is not in it, or is of no use."""
    named = config.strategy
    if named.file and source:
        take(source, Path(named.file).name, named.hash)
    elif named.file:
        raise BadInput(f"{WHERE}: strategy.file = {shown(named.file)}: its source is not in the request")
    return strategy_of(config)


def _refuse_unknown_series(strategy: Strategy, series: Mapping[str, str]) -> None:
    """Raise BadInput where a series is given that the strategy does not read, or not given that it needs."""
    if SENTIMENT in series:
        raise BadInput(f"{WHERE}: series: {SENTIMENT}: on AWS nothing is known of it to a backtest: run trader tune")
    refuse_unread(series, strategy, f"{WHERE}: series:")
    refuse_absent(strategy.needed_series, list(series), f"{WHERE}: {strategy.name}", HOW)


def settings_of(config: Config) -> dict[str, dict[str, object]]:
    """The settings in full, as JSON has them, without what no backtest looks at and what follows from others."""
    document: dict[str, dict[str, object]] = {}
    left_out = {FILES_HERE, *_unsaid(config)}
    for name in ROWS:
        if not name.startswith(NOT_SENT) and name not in left_out:
            section, _, own = name.partition(".")
            document.setdefault(section, {})[own] = _plain(value_of(config, name))
    document["strategy"]["settings"] = _plain(config.strategy.settings)
    if config.strategy.file:
        document["strategy"]["file"] = str(Path(config.strategy.file).absolute())
        document["strategy"]["hash"] = strategy_of(config).hash
    return document


def _unsaid(config: Config) -> Iterator[str]:
    """The keys of which it counts that nobody gave them: sent, they would be given."""
    if not config.risk.says_stale_after:
        yield "risk.stale_after_s"
    if not config.risk.says_take_profit:
        yield "risk.take_profit"


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return {key: _plain(each) for key, each in value.items()} if isinstance(value, Mapping) else value


def checked_run_id(given: object) -> str:
    """The name of a run. Raises BadInput."""
    if not isinstance(given, str) or not RUN_ID.fullmatch(given):
        raise BadInput(f"run {printable(repr(given), 60)}: must be 1 to 80 letters, digits, - and _")
    return given


def run_key(run_id: str, name: str) -> str:
    """Where a file of a run is kept.

    >>> run_key("20261125T101500-a1b2", "sweep.csv")
    'runs/20261125T101500-a1b2/sweep.csv'
    """
    return f"runs/{run_id}/{name}"


def json_bytes(value: object) -> bytes:
    """As an object of the store: the same value makes the same bytes."""
    return (json.dumps(value, indent=1, allow_nan=False) + "\n").encode()


def _texts(given: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = given.get(name)
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise BadInput(f"{WHERE}: {name}: must be a list of texts")
    return tuple(value)


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise BadInput(f"{WHERE}: {name}: must be a text")
    return value


def _digests(value: object) -> Mapping[str, str]:
    if not isinstance(value, dict) or not all(re.fullmatch("[0-9a-f]{64}", str(each)) for each in value.values()):
        raise BadInput(f"{WHERE}: series: must be an object of SHA-256 in 64 hexadecimal digits, by name")
    return value


def _whole(given: Mapping[str, Any], name: str, otherwise: int | None = None) -> int:
    value = given.get(name, otherwise)
    if type(value) is not int or not 0 <= value < 2**53:
        raise BadInput(f"{WHERE}: {name}: must be a whole number from 0 on")
    return value


def _sections(value: object) -> Mapping[str, Mapping[str, object]]:
    if not isinstance(value, dict) or not all(isinstance(each, dict) for each in value.values()):
        raise BadInput(f"{WHERE}: settings: must be an object of sections, as an agent.toml has them")
    return value


def _objective(value: object) -> str:
    if value not in OBJECTIVES:
        raise BadInput(f"{WHERE}: objective: must be one of {', '.join(OBJECTIVES)}")
    return str(value)


def _url(value: object) -> str:
    if not isinstance(value, str) or (value and not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/?", value)):
        raise BadInput(f"{WHERE}: archive_url: must be http(s)://host[:port], or empty for none")
    return value.rstrip("/")
