"""The one addition of floats whose result is shown or decides anything.

The built-in `sum` adds floats with compensation from CPython 3.12 on and plainly before, numpy's adds in pairs: the
same fees then differ in their last digits from Python to Python, and a paper run's from the backtest's.
"""

from collections.abc import Iterable


def added(values: Iterable[float]) -> float:
    """The sum of the values, added one after the other from 0.0 on: the same bits everywhere, in the values' unit.

    >>> added([0.1] * 10), added([1.0, 1e100, 1.0, -1e100]), added([])
    (0.9999999999999999, 0.0, 0.0)
    """
    result = 0.0
    for value in values:
        result += value
    return result
