"""Small texts that functions share."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.adapters.dynamodb.client import Tables, attribute
from chalicelib.adapters.dynamodb.faults import ConditionFailed
from chalicelib.adapters.dynamodb.items import NONCE, Item, has_nonce, new_nonce, text
from chalicelib.adapters.dynamodb.tables import MONEY
from chalicelib.errors import Unavailable

_TEXT = "text"
_ATTEMPTS = 50
"""One of those who race gets on in each round, so this is for as many at once."""


class DynamoTexts:
    """`SharedTexts`, one item a name. The mark of a write tells it from every other one: what was read is what is
    replaced."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def change(self, name: str, make: Callable[[str], str]) -> str:
        found = self._tables.get(MONEY, f"shared {name}", _TEXT)
        for _ in range(_ATTEMPTS):
            kept = "" if found is None else str(found[_TEXT]["S"])
            made = make(kept)
            if made == kept:
                return kept
            refused_by = self._put(name, made, found)
            if refused_by is None:
                return kept
            found = refused_by
        raise Unavailable(f"{name}: changed by too many at once")

    def _put(self, name: str, made: str, found: Item | None) -> Item | None:
        """None where the text is kept; else what is there in place of what was found."""
        mark, nonce = attribute(NONCE), new_nonce()
        item = {"pk": text(f"shared {name}"), "sk": text(_TEXT), _TEXT: text(made), NONCE: nonce}
        condition = mark.does_not_exist() if found is None else mark == found[NONCE]
        try:
            self._tables.put(MONEY, item, condition)
        except ConditionFailed as refused:
            if has_nonce(refused.stored, nonce):  # the answer to a first sending was lost
                return None
            if refused.stored is None:
                raise Unavailable(f"{name}: removed while it was changed") from refused
            return refused.stored
        return None
