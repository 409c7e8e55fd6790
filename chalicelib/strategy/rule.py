"""A strategy with its settings: what each minute asks, and what a record needs to name it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import nan
from typing import Any

from chalicelib.config.intervals import interval_of
from chalicelib.domain import MINUTE_MS, KnownValue, RuleSources, Sentiment
from chalicelib.kernel.bar import Bar
from chalicelib.kernel.choice import Choice, is_sound
from chalicelib.kernel.codes import FIRST_OWN_REASON
from chalicelib.kernel.fold import LEAST_STALE_MS
from chalicelib.kernel.rule import Inputs, Observed, Values
from chalicelib.series import SENTIMENT, refuse_absent
from chalicelib.strategy.copied import Copy, copier
from chalicelib.strategy.form import Form, cast

KEY_CHARACTERS = 12
ENTERED_WITH = ("size", "stop", "take_profit", "reason", "trailing", "break_even", "max_bars")
"""What `enter` takes, in its order."""


class NonsenseError(ValueError):
    """What a strategy returned is none of what it may return."""


@dataclass(frozen=True)
class Strategy:
    """A file that was loaded. Two are the same if their hash is."""

    name: str
    """Of a built-in, or the file's."""
    hash: str
    """Of the file and of what it imports from us."""
    source: str = field(compare=False, repr=False)
    file: str = field(compare=False, repr=False)
    """Under which its lines stand in a traceback."""
    form: Form = field(compare=False, repr=False)
    module: Any = field(compare=False, repr=False)
    parts: Mapping[str, str] = field(compare=False, repr=False, default_factory=dict)
    """Sources that the hash covers, by name."""
    missing: str = field(compare=False, repr=False, default="")
    """Why this process lacks it, empty where it does not; what is missing decides nothing."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process loads it anew: its types and functions are known by their names in this one alone."""
        from chalicelib.strategy.loader import loaded_again

        return loaded_again, (self.name, self.source, self.file)

    @cached_property
    def copy(self) -> Copy | None:
        """Copies a state with its windows, which `observe` changes in place; None where it has none."""
        return copier(self.form.state)

    @cached_property
    def observing(self) -> Callable[..., Any]:
        """The file's `observe`, but the state that it is given stays what it was."""
        observe, copy = self.form.observe, self.copy
        return observe if copy is None else lambda state, bar, settings: observe(copy(state), bar, settings)

    @cached_property
    def observed_settings(self) -> tuple[str, ...]:
        """The settings that `start` or `observe` read: states and values hang on no others."""
        from chalicelib.strategy.observed import settings_read

        return settings_read(self.source, ("start", "observe"), self.form.settings._fields)

    @cached_property
    def levels_said(self) -> frozenset[str]:
        """What its choices ever have beside them: what `enter` takes, keep, held_stop, held_take_profit."""
        from chalicelib.strategy.observed import arguments_given, keeps_parts

        entered = arguments_given(self.source, "enter", ENTERED_WITH) - {"reason"}
        held = arguments_given(self.source, "hold", ("stop", "take_profit"))
        parts = frozenset({"keep"} if keeps_parts(self.source) else ())
        return entered | parts | frozenset(f"held_{name}" for name in held)

    @property
    def series(self) -> tuple[str, ...]:
        """The names of what it reads besides bars."""
        names: tuple[str, ...] = self.form.inputs._fields
        return names

    @property
    def needed_series(self) -> tuple[str, ...]:
        """Those of them that have no default: without them it cannot decide."""
        return tuple(name for name in self.series if name not in self.form.inputs._field_defaults)

    @property
    def reads_sentiment(self) -> bool:
        """Whether it declares the series."""
        return "sentiment" in self.series

    @property
    def sources(self) -> RuleSources:
        """The strategy as stores keep it."""
        return RuleSources(self.hash, self.name, self.parts)

    def inputs(self, known: Mapping[str, float]) -> Inputs:
        """What it reads besides bars, in its own type; a series that nobody knows of has its default, else NaN."""
        kind = self.form.inputs
        made: Inputs = kind(*[known.get(name, kind._field_defaults.get(name, nan)) for name in kind._fields])
        return made


def inputs_of(strategy: Strategy, sentiment: Sentiment, known: Sequence[KnownValue]) -> Inputs:
    """What a strategy reads where this is known. Raises BadInput naming what it needs and is not given."""
    values = {SENTIMENT: sentiment.value, **{each.name: each.value for each in known}}
    refuse_absent(strategy.needed_series, tuple(values), strategy.name, "it decides nothing")
    return strategy.inputs(values)


@dataclass(frozen=True)
class StrategyRule:
    """Implements kernel.rule.Rule. What the file raises comes through as it is."""

    strategy: Strategy
    settings: Any
    """Of the strategy's own type, checked."""
    interval_ms: int = MINUTE_MS
    step_ms: int = MINUTE_MS
    stale_ms: int = LEAST_STALE_MS

    def __reduce__(self) -> tuple[Any, ...]:
        times = self.interval_ms, self.step_ms, self.stale_ms
        return _with_settings, (self.strategy, self.settings._asdict(), *times)

    @cached_property
    def key(self) -> str:
        """Names what is observed: rules of one key have the same states and values on the same bars."""
        read = {name: getattr(self.settings, name) for name in self.strategy.observed_settings}
        longer = [] if self.interval_ms == MINUTE_MS else [self.interval_ms]
        text = json.dumps([self.strategy.hash, read, *longer], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:KEY_CHARACTERS]

    @property
    def interval(self) -> str:
        """The name of its bars' interval, as exchanges call it too."""
        return interval_of(self.interval_ms) or f"{self.interval_ms} ms"

    @property
    def has_longer_bars(self) -> bool:
        """Whether it decides by bars of several candles."""
        return self.interval_ms != self.step_ms

    @property
    def former_key(self) -> str:
        """The key that an earlier version had for what is observed, empty where there was none."""
        setting = self.strategy.form.former_key if self.interval_ms == MINUTE_MS else ""
        return str(getattr(self.settings, setting)) if setting else ""

    def start(self) -> Observed:
        return cast(self.strategy.form.state, self.strategy.form.start(self.settings))

    def observe(self, state: Observed, bar: Bar) -> tuple[Observed, Values]:
        made = self.strategy.observing(state, bar, self.settings)
        if type(made) is not tuple or len(made) != 2 or type(made[1]) is not self.strategy.form.values:
            raise NonsenseError(f"observe returned {_shown(made)}, not a State and Values")
        return made

    def decide(self, values: Values, close: float, inputs: Inputs, in_position: bool) -> Choice:
        known = self.strategy.form.inputs(*inputs) if inputs else self.strategy.inputs({})
        choice = self.strategy.form.decide(values, close, known, in_position, self.settings)
        if type(choice) is not Choice or not is_sound(choice) or not self._has(choice.reason):
            raise NonsenseError(f"decide returned {_shown(choice)}, which nothing can be done with")
        return choice

    def signals(self, values: Values, close: float) -> tuple[str, ...]:
        """What the file says that it saw, in words."""
        return tuple(self.strategy.form.signals(values, close, self.settings))

    def reason_word(self, code: int) -> str | None:
        """The file's own word for a reason code of its own, None for any other."""
        own = code - FIRST_OWN_REASON
        return self.strategy.form.reasons[own] if 0 <= own < len(self.strategy.form.reasons) else None

    def values_of(self, named: Mapping[str, float]) -> Values:
        """The strategy's own values from a record of them by name. Raises KeyError where one is not there."""
        kind = self.strategy.form.values
        made: Values = kind(*[named[name] for name in kind._fields])
        return made

    @property
    def undefined(self) -> Values:
        """The values where nothing was seen."""
        kind = self.strategy.form.values
        made: Values = kind(*[nan] * len(kind._fields))
        return made

    def _has(self, reason: int) -> bool:
        return reason < FIRST_OWN_REASON or self.reason_word(reason) is not None


def _with_settings(strategy: Strategy, settings: Mapping[str, Any], *times: int) -> StrategyRule:
    return StrategyRule(strategy, strategy.form.settings(**settings), *times)


def named_values(values: Values) -> Mapping[str, float]:
    """Values by their names, as records keep them: floats, NaN while undefined."""
    names: tuple[str, ...] = values._fields  # type: ignore[attr-defined]
    return dict(zip(names, map(float, values), strict=True))


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
