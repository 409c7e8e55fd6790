"""The walks over arrays that they borrow: compiled, they count no references to them.

Numba counts one whenever an array comes out of a tuple or goes into a function, with atomic additions that cost more
than all else between two events. What the caller holds until the walk ends needs none of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import core as untyped_core
from numba.extending import intrinsic

from chalicelib.kernel.step import Params
from trader.backtest import single
from trader.backtest import walk as walking
from trader.backtest.market import MarketColumns
from trader.backtest.rule_signals import RuleSignals
from trader.backtest.walk import Walked
from trader.data.arrays import Floats

T = TypeVar("T")
core: Any = untyped_core


def walk(cash: float, tape: MarketColumns, rule_signals: RuleSignals, params: Params, equity: Floats) -> Walked:
    """As `walk.walk`, only to be compiled; as the next."""
    return walking.walk(cash, borrowed(tape), borrowed(rule_signals), borrowed(params), borrowed(equity))


def walk_single(cash: float, tape: MarketColumns, rule_signals: RuleSignals, params: Params, equity: Floats) -> Walked:
    """As `single.walk_single`."""
    return single.walk_single(cash, borrowed(tape), borrowed(rule_signals), borrowed(params), borrowed(equity))


def borrow(context: Any, value: Any) -> Any:
    """An array, or a tuple with some at any depth, as it is but owned by nobody: nothing of it may outlive the call."""
    del context

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return disowned(context, builder, signature.args[0], arguments[0])

    return value(value), generate


borrowed: Callable[[T], T] = cast(Any, intrinsic)(borrow)


def disowned(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    """What machine code has as a value of this kind, without the owners of its arrays."""
    if isinstance(kind, core.types.Array):
        array = context.make_array(kind)(context, builder, value=value)
        array.meminfo = core.cgutils.get_null_value(array.meminfo.type)
        return array._getvalue()
    if isinstance(kind, core.types.BaseTuple):
        parts = zip(kind.types, core.cgutils.unpack_tuple(builder, value), strict=True)
        return context.make_tuple(builder, kind, [disowned(context, builder, *part) for part in parts])
    return value
