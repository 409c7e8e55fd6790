"""What every minute asks of a strategy whose settings are known. It sees the market, never the money."""

from typing import Any, Protocol

from chalicelib.kernel.bar import Bar
from chalicelib.kernel.choice import Choice

Observed = Any
"""A strategy's own state, what one bar hands to the next: only the strategy knows its fields."""
Values = tuple[float, ...]
"""What a strategy saw at a close: floats, NaN while undefined; a NamedTuple of its own."""


class Rule(Protocol):
    """Pure functions of a strategy over its settings."""

    def start(self) -> Observed:
        """What the first bar finds."""
        ...

    def observe(self, state: Observed, bar: Bar, /) -> tuple[Observed, Values]:
        """The state after a bar and what was seen at its close. The state that is given is used up."""
        ...

    def decide(self, values: Values, close: float, sentiment: float, in_position: bool, /) -> Choice:
        """What is wanted at this close; `sentiment` in -1..1, NaN where this run knows of none."""
        ...
