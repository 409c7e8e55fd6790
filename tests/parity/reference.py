"""The whole rule once more, written from the design's page alone: plain loops and dictionaries, no kernel in it.

It takes its settings as a dictionary of the names in agent.toml and gives fills as tuples
(symbol, side, time_ms, quantity, price, fee, reason). It is here to be compared with, so it stays naive.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor
from typing import Any

Settings = dict[str, Any]
Row = dict[str, float]
RefFill = tuple[int, str, int, float, float, float, str]

DAY_MS = 24 * 60 * 60 * 1000


class Reference:
    """An agent fed with a row (open, high, low, close, sentiment) per symbol and minute, None where it is missing."""

    def __init__(self, symbols: int, cash: float, settings: Settings) -> None:
        self.settings = settings
        self.symbols = range(symbols)
        self.cash = cash
        self.held: list[Row | None] = [None] * symbols
        self.pending: list[tuple[str, float, str] | None] = [None] * symbols
        self.closes: list[float | None] = [None] * symbols
        self.rsi = [ReferenceRsi(settings["rsi_period"]) for _ in self.symbols]
        self.bars_to_wait = [0] * symbols
        self.fills: list[RefFill] = []
        self.equity: list[float] = []
        self.day: int | None = None
        self.day_base = cash
        self.highest_mark = cash
        self.daily_loss_halt = False
        self.drawdown_halt = False

    def minute(self, time_ms: int, rows: list[Row | None]) -> None:
        for symbol in self.symbols:
            row = rows[symbol]
            if row is not None:
                self.bars_to_wait[symbol] = max(0, self.bars_to_wait[symbol] - 1)
                self.fill_pending(symbol, time_ms, row)
                self.meet_protection(symbol, time_ms, row)
                self.closes[symbol] = row["close"]
                position = self.held[symbol]
                if position is not None:
                    position["top"] = max(position["top"], row["high"])
                    position["bars"] += 1
        self.mark(time_ms)
        for symbol in self.symbols:
            row = rows[symbol]
            if row is not None:
                self.rsi[symbol].take(row["close"])
        if self.daily_loss_halt or self.drawdown_halt:
            self.halt()
            return
        for symbol in self.symbols:
            row = rows[symbol]
            if row is not None and self.pending[symbol] is None:
                self.decide(symbol, row)

    def fill_pending(self, symbol: int, time_ms: int, row: Row) -> None:
        order = self.pending[symbol]
        if order is None:
            return
        self.pending[symbol] = None
        side, quantity, reason = order
        if side == "SELL":
            self.sell(symbol, time_ms, self.worse(symbol, row["open"] * (1 - self.settings["slippage"]), floor), reason)
            return
        price = self.worse(symbol, row["open"] * (1 + self.settings["slippage"]), ceil)
        if quantity * price * (1 + self.settings["fee"]) > self.cash:
            quantity = self.whole_lots(symbol, self.cash / (price * (1 + self.settings["fee"])))
        if quantity > 0:
            fee = quantity * price * self.settings["fee"]
            self.cash -= quantity * price + fee
            entered = {"quantity": quantity, "entered": quantity, "price": price}
            self.held[symbol] = {**entered, "since": time_ms, "top": 0.0, "bars": 0}
            self.fills.append((symbol, "BUY", time_ms, quantity, price, fee, reason))

    def meet_protection(self, symbol: int, time_ms: int, row: Row) -> None:
        """One fill after the other, as long as something is held and a level is met."""
        fills = -1
        while fills < len(self.fills) and self.held[symbol] is not None:
            fills = len(self.fills)
            self.meet_a_level(symbol, time_ms, row)
            if fills == len(self.fills):
                return

    def meet_a_level(self, symbol: int, time_ms: int, row: Row) -> None:
        position = self.held[symbol]
        assert position is not None
        stop, stop_reason = self.stop_of(position, row)
        target, part = self.target_of(symbol, position)
        slipped = 1 - self.settings["slippage"]
        entry_bar = position["since"] == time_ms
        if not entry_bar and row["open"] <= stop:
            self.sell(symbol, time_ms, self.worse(symbol, row["open"] * slipped, floor), stop_reason)
        elif not entry_bar and row["open"] >= target:
            self.sell(symbol, time_ms, min(self.worse(symbol, row["open"], ceil), row["high"]), "take_profit", part)
        elif row["low"] <= stop:
            self.sell(symbol, time_ms, self.worse(symbol, stop * slipped, floor), stop_reason)
        elif row["high"] >= target:
            self.sell(symbol, time_ms, min(self.worse(symbol, target, ceil), row["high"]), "take_profit", part)

    def stop_of(self, position: Row, row: Row) -> tuple[float, str]:
        """The highest of all stops and its reason; `row` is for who reads the page wrongly."""
        settings, price, top = self.settings, position["price"], self.top_of(position, row)
        stops = [(float("-inf"), "")]
        if settings["stop_loss"]:
            stops.append((price * (1 - settings["stop_loss"]), "stop_loss"))
        stops += [(trail, "trailing_stop") for trail in self.trails_of(top)]
        if top and top >= self.safe_from(price):
            stops.append((price, "break_even"))
        return max(stops, key=lambda pair: pair[0])

    def trails_of(self, top: float) -> list[float]:
        """Where trailing stops lie; what an entry says counts in place of the settings."""
        settings, own = self.settings, self.own("trailing")
        fraction, distance = (0.0, own) if own else (settings["trailing_stop"], settings["trailing_distance"])
        trails = [top * (1 - fraction)] if fraction and top else []
        return [*trails, top - distance] if distance and top > distance else trails

    def safe_from(self, price: float) -> float:
        """The price from which on the stop is no lower than that of the entry."""
        at = self.settings["break_even_at"]
        return self.own("break_even") or (price * (1 + at) if at else float("inf"))

    def most_bars(self) -> float:
        """How many bars it may be held, 0 for any number."""
        return self.own("max_bars") or float(self.settings["max_bars_held"])

    def own(self, name: str) -> float:
        """What every entry says of its position, 0 where it says nothing."""
        return float(self.settings.get("own", {}).get(name, 0.0))

    def top_of(self, position: Row, row: Row) -> float:
        return position["top"]

    def target_of(self, symbol: int, position: Row) -> tuple[float, float]:
        """The nearest target at which something is to be sold, and how much."""
        settings = self.settings
        for distance, keep in settings["targets"]:
            if distance:
                price = position["price"] * (1 + distance)
                part = self.part_beyond(symbol, position, keep, price)
                if part > 0:
                    return price, part
        if settings["targets"][0][0] or not settings["take_profit"]:
            return float("inf"), 0.0
        return position["price"] * (1 + settings["take_profit"]), position["quantity"]

    def part_beyond(self, symbol: int, position: Row, keep: float, price: float) -> float:
        """What is more than the part of the entered quantity that stays; all of it where the rest were too little."""
        held, least = position["quantity"], self.least(symbol)
        if keep == 0:
            return held
        part = held - keep * position["entered"]
        if part < 1e-9 * held:
            return 0.0
        step = self.settings["lot_steps"][symbol]
        part = self.whole_lots(symbol, part * (1 + 1e-12)) if step else part
        if part == 0 or part * price < least:
            return 0.0
        rest = held - part
        return held if rest * price < least or rest < step * (1 - 1e-6) else part

    def sell(self, symbol: int, time_ms: int, price: float, reason: str, part: float | None = None) -> None:
        position = self.held[symbol]
        assert position is not None
        quantity = position["quantity"] if part is None else part
        fee = quantity * price * self.settings["fee"]
        self.cash += quantity * price - fee
        self.fills.append((symbol, "SELL", time_ms, quantity, price, fee, reason))
        if quantity < position["quantity"]:
            position["quantity"] -= quantity
            return
        self.held[symbol] = None
        self.bars_to_wait[symbol] = self.settings["cooldown_bars"]

    def mark(self, time_ms: int) -> None:
        settings = self.settings
        equity = self.cash + sum(self.worth(symbol) for symbol in self.symbols)
        if self.day != time_ms // DAY_MS:
            self.day = time_ms // DAY_MS
            self.day_base = self.equity[-1] if self.equity else self.day_base
            self.daily_loss_halt = False
        self.equity.append(equity)
        self.highest_mark = max(self.highest_mark, equity)
        if settings["daily_loss_limit"] and self.day_base - equity >= settings["daily_loss_limit"] * self.day_base:
            self.daily_loss_halt = True
        if settings["max_drawdown"] and 1 - equity / self.highest_mark >= settings["max_drawdown"]:
            self.drawdown_halt = True

    def worth(self, symbol: int) -> float:
        """The position at its last close."""
        position, close = self.held[symbol], self.closes[symbol]
        return position["quantity"] * close if position is not None and close is not None else 0.0

    def halt(self) -> None:
        for symbol in self.symbols:
            order, position = self.pending[symbol], self.held[symbol]
            if order is not None and order[0] == "BUY":
                self.pending[symbol] = None
            if self.settings["flatten"] and position is not None and self.pending[symbol] is None:
                self.pending[symbol] = ("SELL", position["quantity"], "kill_switch")

    def decide(self, symbol: int, row: Row) -> None:
        settings = self.settings
        rsi = self.rsi[symbol].value()
        if rsi is None:
            return
        position = self.held[symbol]
        if position is not None:
            if rsi > settings["rsi_sell"]:
                self.pending[symbol] = ("SELL", position["quantity"], "signal")
            elif settings["use_sentiment"] and row["sentiment"] < settings["sentiment_sell"]:
                self.pending[symbol] = ("SELL", position["quantity"], "sentiment")
            elif 0 < self.most_bars() <= position["bars"]:
                self.pending[symbol] = ("SELL", position["quantity"], "time")
            return
        wanted = rsi < settings["rsi_buy"]
        if settings["use_sentiment"] and not row["sentiment"] > settings["sentiment_buy"]:
            wanted = False
        if wanted and self.bars_to_wait[symbol] == 0:
            self.enter(symbol, row["close"])

    def enter(self, symbol: int, close: float) -> None:
        settings = self.settings
        equity = self.equity[-1]
        loaded = 1.0 * (1 + settings["slippage"]) * (1 + settings["fee"])
        waiting = [self.entry_worth(s) for s in self.symbols if self.entry_worth(s) > 0]
        exposure = sum(self.worth(s) for s in self.symbols) + sum(waiting)
        count = sum(position is not None for position in self.held) + len(waiting)
        cash = self.cash - sum(waiting) * loaded
        if settings["max_open_positions"] and count >= settings["max_open_positions"]:
            return
        quantity = self.wanted(close, equity)
        quantity = min(quantity, cash / (close * loaded))
        if settings["max_notional"]:
            quantity = min(quantity, settings["max_notional"] / close)
        if settings["max_exposure"]:
            quantity = min(quantity, (settings["max_exposure"] * equity - exposure) / close)
        quantity = self.whole_lots(symbol, quantity)
        if quantity > 0 and quantity * close >= self.least(symbol):
            self.pending[symbol] = ("BUY", quantity, "signal")

    def wanted(self, close: float, equity: float) -> float:
        settings = self.settings
        paid = close * (1 + settings["slippage"]) * (1 + settings["fee"])
        if settings["sizing"] == 1:
            return float(settings["entry_amount"] / paid)
        if settings["sizing"] == 2:
            stop = close * (1 + settings["slippage"]) * (1 - settings["stop_loss"])
            if not settings["stop_loss"] or stop >= close:
                return 0.0
            return float(settings["risk_per_trade"] * equity / (paid - self.got_at(stop)))
        return float(settings["position_fraction"] * equity / paid)

    def got_at(self, stop: float) -> float:
        """What a unit brings in at the stop."""
        return float(stop * (1 - self.settings["slippage"]) * (1 - self.settings["fee"]))

    def entry_worth(self, symbol: int) -> float:
        """The pending entry at the last close."""
        order, close = self.pending[symbol], self.closes[symbol]
        return order[1] * close if order is not None and order[0] == "BUY" and close is not None else 0.0

    def least(self, symbol: int) -> float:
        """What an order has to be worth: the owner's least, and the exchange's where it is known."""
        known = self.settings["min_notionals"]
        return float(max([self.settings["min_notional"], *known[symbol : symbol + 1]]))

    def worse(self, symbol: int, price: float, way: Callable[[float], int]) -> float:
        """The next price up or down that there is."""
        [tick] = self.settings["ticks"][symbol : symbol + 1] or (0.0,)
        if not tick or abs(price / tick - round(price / tick)) < 1e-9:
            return price
        return way(price / tick) * tick or price

    def whole_lots(self, symbol: int, quantity: float) -> float:
        step = self.settings["lot_steps"][symbol]
        return floor(quantity / step) * step if step else quantity


class ReferenceRsi:
    """Wilder's RSI by the formula of his book, 100 - 100 / (1 + RS)."""

    def __init__(self, period: int) -> None:
        self.period = period
        self.last: float | None = None
        self.changes: list[float] = []
        self.up = self.down = 0.0

    def take(self, close: float) -> None:
        if self.last is not None:
            change = close - self.last
            self.changes.append(change)
            n = self.period
            if len(self.changes) == n:
                self.up = sum(c for c in self.changes if c > 0) / n
                self.down = sum(-c for c in self.changes if c < 0) / n
            elif len(self.changes) > n:
                self.up = self.up * (n - 1) / n + max(change, 0.0) / n
                self.down = self.down * (n - 1) / n + max(-change, 0.0) / n
        self.last = close

    def value(self) -> float | None:
        if len(self.changes) < self.period:
            return None
        if self.down == 0:
            return 50.0 if self.up == 0 else 100.0
        return 100 - 100 / (1 + self.up / self.down)
