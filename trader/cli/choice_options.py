"""The options that say how a parameter set is chosen: the same for every command that searches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from trader.tuning.limits import MOST_FOLDS, OBJECTIVE, OBJECTIVES

OPTIONS = (
    click.option(
        "--walk-forward",
        "folds",
        type=click.IntRange(0, MOST_FOLDS),
        metavar="K",
        default=4,
        show_default=True,
        help="Choose on the past and judge on what follows, K times; 0: in sample only.",
    ),
    click.option(
        "--objective",
        type=click.Choice(OBJECTIVES),
        default=OBJECTIVE,
        show_default=True,
        help="The figure that a set is chosen by.",
    ),
    click.option(
        "--min-trades",
        type=click.IntRange(0),
        metavar="N",
        default=1,
        show_default=True,
        help="Choose no set with fewer trades in sample.",
    ),
)


def choice_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options to a command: `folds`, `objective` and `min_trades`."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command
