"""The parameters of one order within a request for several."""

from __future__ import annotations

from collections.abc import Mapping

from trader.sim.query import ApiError, Query


class LegQuery(Query):
    """Reads an order's parameters by the names that they have in a whole request.

    A parameter without such a name was not sent; what is `fixed` has its text without being sent.
    """

    def __init__(self, whole: Query, names: Mapping[str, str], fixed: Mapping[str, str] | None = None) -> None:
        self._whole = whole
        self._names = names
        self._fixed = fixed or {}

    def name_of(self, name: str) -> str:
        return self._names.get(name, name)

    def has(self, name: str) -> bool:
        return name in self._fixed or (name in self._names and self._whole.has(self._names[name]))

    def mandatory(self, name: str) -> str:
        return self._fixed[name] if name in self._fixed else self._whole.mandatory(self.name_of(name))

    def choice(self, name: str, choices: Mapping[str, object], default: str, error: ApiError) -> str:
        if name in self._fixed:
            return self._fixed[name]
        return self._whole.choice(self.name_of(name), choices, default, error) if self.has(name) else default

    def number(self, name: str) -> int | None:
        return self._whole.number(self.name_of(name)) if self.has(name) else None

    def matching(self, name: str, legal_range: str) -> str:
        return self._whole.matching(self.name_of(name), legal_range)
