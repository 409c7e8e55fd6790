"""What risk is limited by: the keys of [risk] as the kernel knows them."""

from typing import NamedTuple

from chalicelib.kernel.codes import BY_FRACTION


class ProfitTarget(NamedTuple):
    """A take-profit at which a part is sold. `distance` is a fraction above the mean entry price, 0.0 for no target."""

    distance: float
    keep: float
    """Fraction of the entered quantity that stays."""


NO_TARGET = ProfitTarget(0.0, 0.0)
NO_TARGETS = (NO_TARGET, NO_TARGET, NO_TARGET)


class Limits(NamedTuple):
    """Fractions unless named otherwise; 0 switches a limit off."""

    stop_loss: float
    take_profit: float
    trailing_stop: float
    position_fraction: float
    min_notional: float
    """Quote currency."""
    max_notional: float
    """Quote currency."""
    daily_loss_limit: float
    max_drawdown: float
    max_exposure: float
    max_open_positions: int
    cooldown_bars: int
    flatten: bool
    """True: daily loss and drawdown close all positions; False: positions keep their protection."""
    trailing_distance: float = 0.0
    """Quote currency below the highest high."""
    break_even_at: float = 0.0
    """Fraction above the entry price that a high must reach for the stop to be no lower than the entry price."""
    max_bars_held: int = 0
    max_entries: int = 1
    sizing: int = BY_FRACTION
    entry_amount: float = 0.0
    """Quote currency, with costs; where sizing is BY_AMOUNT."""
    risk_per_trade: float = 0.0
    """Of equity, what the stop may cost; where sizing is BY_RISK."""
    targets: tuple[ProfitTarget, ProfitTarget, ProfitTarget] = NO_TARGETS
    """Ascending, in place of take_profit."""
