"""What a report shows: a backtest, and how its parameters came to be chosen."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.config import Config
from trader.backtest.data import Data
from trader.backtest.metrics import Metrics
from trader.backtest.result import BacktestResult
from trader.backtest.seen import Seen

BY_HAND = "1 parameter set, chosen by hand; in-sample and out-of-sample are not told apart"


@dataclass(frozen=True, slots=True)
class SampleSpan:
    """Minutes that a choice rested on, or was judged by, and what the shown parameters came to in them."""

    first_ms: int
    """open_ms of the first minute."""
    last_ms: int
    """open_ms of the last minute, which is included."""
    metrics: Metrics
    """Figures named as in `metrics.DEFINITIONS`, those that are known."""


@dataclass(frozen=True, slots=True)
class Trials:
    """How many parameter sets were looked at before this one was shown, and on which minutes."""

    tried: int
    chosen: str
    """How, in words that complete "chosen ", as: by the highest sharpe in sample."""
    in_sample: tuple[SampleSpan, ...] = ()
    """In the order of time; several for the folds of a walk-forward."""
    out_of_sample: tuple[SampleSpan, ...] = ()
    remarks: tuple[str, ...] = ()
    """More to be said, a sentence each, as what is left of a Sharpe ratio after a correction for the trials."""
    verdict: str = ""
    """What the search is worth in one line, which is said before all else; empty where nobody judged it."""
    warnings: tuple[str, ...] = ()
    """What the reader should know next, a sentence each."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the page is made from."""

    data: Data
    result: BacktestResult
    metrics: Metrics
    config: Config
    engine: str
    """What ran the minutes, as `Engine.name`."""
    trials: Trials | None = None
    """None for a single backtest."""
    seen: Seen | None = None
    """What the strategy saw and where levels lay; None leaves them out of the charts."""
