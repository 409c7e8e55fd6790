"""What must be the same bits on every Python. Imports no package but for the backtest's files.

python -m tests.parity.same_bits NAME [PLANTED]   prints it, or with a defect planted what the same would come to.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

from chalicelib import addition
from chalicelib.kernel import risk
from chalicelib.kernel.run import Columns, run
from chalicelib.kernel.step import Params, fresh_state
from chalicelib.services import minute
from chalicelib.strategy.chosen import rule_of
from tests.kernel_cases import CASH, COSTS, DAY_MS, MINUTE_MS, NO_LIMITS, rsi_rule
from trader.sim import headlines
from trader.sim.tape import generated_tapes

SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
MINUTES = 3_000
EAGER = rsi_rule(rsi_period=5, rsi_buy=35.0, rsi_sell=65.0, sentiment_buy=-0.5, sentiment_sell=-1.0)
TIGHT = NO_LIMITS._replace(stop_loss=0.004, take_profit=0.006, trailing_stop=0.005, position_fraction=0.3)


def sums() -> Iterator[object]:
    """Floats of very different sizes, added up."""
    for seed in range(40):
        draw = Random(seed)
        yield addition.added([draw.uniform(-1.0, 1.0) * 10.0 ** draw.randrange(6) for _ in range(50)]).hex()


class Mood:
    """A pair of a market in this mood."""

    first_ms = 0
    listing = SimpleNamespace(symbol=SimpleNamespace(base="A"))

    def __init__(self, mood: float) -> None:
        self.mood = lambda minute_ms: mood


def news() -> Iterator[object]:
    """Two days of seeded headlines over several symbols."""
    moods: dict[str, Any] = {"AUSDT": Mood(1e16), "BUSDT": Mood(1.0), "CUSDT": Mood(-1e16)}
    for found in headlines.HeadlineFeed(7, moods).between(0, 2 * DAY_MS):
        yield found.published_ms, found.title


def seeded_market() -> Columns:
    tapes = generated_tapes(7, SYMBOLS, 0)
    last_ms = (MINUTES - 1) * MINUTE_MS
    by_minute = [{each.open_ms: each for each in tapes[name].forward(0, last_ms)} for name in SYMBOLS]
    times = sorted(set.intersection(*map(set, by_minute)))
    rows = {
        name: [[getattr(candles[time_ms], name) for time_ms in times] for candles in by_minute]
        for name in ("open", "high", "low", "close", "volume")
    }
    moods = [[tapes[name].mood(time_ms) for time_ms in times] for name in SYMBOLS]
    return Columns(times, **rows, inputs=[moods])


def kernel() -> Iterator[object]:
    """Fills and marks of a seeded market."""
    params = Params(TIGHT, COSTS, (0.001, 0.0, 1e-6))
    result = run(fresh_state(CASH, len(SYMBOLS), EAGER), seeded_market(), params, EAGER)
    yield from result.fills
    yield from result.marks
    yield result.state


def order_ids() -> Iterator[object]:
    """The ids that the orders of many minutes go by."""
    for number in range(100):
        yield minute.client_id("default", SYMBOLS[number % 3], number * MINUTE_MS, "entry")


def backtest() -> Iterator[object]:
    """The files of a backtest, byte for byte."""
    from tests.support.reports import candles, report  # it alone needs packages
    from trader.backtest.files import write_results
    from trader.backtest.metrics_json import metrics_json

    shown = report(candles("AUSDT", 2_000), candles("BUSDT", 2_000, seed=2))
    with TemporaryDirectory() as folder:
        metrics = metrics_json(shown.config, rule_of(shown.config), shown.data, shown.engine, shown.metrics)
        write_results(Path(folder), shown.result, metrics)
        for path in sorted(Path(folder).iterdir()):
            yield path.name, path.read_bytes().hex()


def sum_equity(cash: float, slots: Any) -> float:
    return sum([cash, *(slot.position.quantity * slot.close for slot in slots if slot.position.quantity > 0.0)])


def plant(name: str) -> None:
    """Have the defect of this name stand in the code. Raises ValueError where there is none."""
    if name == "the built-in sum":
        for module, function, other in (
            (addition, "added", sum),
            (headlines, "added", sum),
            (risk, "equity", sum_equity),
        ):
            setattr(module, function, other)
    elif name == "the built-in hash":
        minute.client_id = lambda *known: f"ait-{hash(known)}"
    else:
        raise ValueError(name)


WHAT: dict[str, Callable[[], Iterator[object]]] = {
    each.__name__: each for each in (sums, news, kernel, order_ids, backtest)
}

if __name__ == "__main__":
    what, *defects = sys.argv[1:]
    for defect in defects:
        plant(defect)
    for line in WHAT[what]():
        print(line)  # noqa: T201 (its result)
