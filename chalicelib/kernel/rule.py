"""What every minute asks of a strategy whose settings are known. It sees the market, never the money."""

from typing import Any, Protocol

from chalicelib.kernel.bar import Bar
from chalicelib.kernel.choice import Choice

Observed = Any
"""A strategy's own state, what one bar hands to the next: only the strategy knows its fields."""
Values = tuple[float, ...]
"""What a strategy saw at a close: floats, NaN while undefined; a NamedTuple of its own."""
Inputs = tuple[float, ...]
"""What was known besides the bars: a value for each series that the strategy reads, in the order in which it does."""


class Rule(Protocol):
    """Pure functions of a strategy over its settings, and by which bars it decides."""

    @property
    def interval_ms(self) -> int:
        """Length of its bars, a multiple of `step_ms`."""
        ...

    @property
    def step_ms(self) -> int:
        """Length of the candles that they are folded from."""
        ...

    @property
    def stale_ms(self) -> int:
        """Milliseconds after its close from which a bar is too old to decide on; 0: never."""
        ...

    def start(self) -> Observed:
        """What the first bar finds."""
        ...

    def observe(self, state: Observed, bar: Bar, /) -> tuple[Observed, Values]:
        """The state after a bar and what was seen at its close. The state that is given is used up."""
        ...

    def decide(self, values: Values, close: float, inputs: Inputs, in_position: bool, /) -> Choice:
        """What is wanted at this close, with what was known by then."""
        ...
