"""Words and fields of answers that we do not know: the exchange may bring new ones overnight."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from chalicelib.foreign_text import one_line

_MOST_TOLD = 1_000
"""So many are told; a memory for more would be of no use to anybody."""

log = logging.getLogger(__name__)


class Unheard:
    """Tells of each once."""

    def __init__(self, tell: Callable[[str], None] = log.warning) -> None:
        self._tell = tell
        self._told: set[tuple[str, str]] = set()

    def word(self, what: str, word: str) -> None:
        """A word that stands where we know others, such as an order's status."""
        self._once(what, word, "nothing is decided by it")

    def fields(self, what: str, found: Iterable[str], known: frozenset[str]) -> None:
        """What an answer has besides the fields that we know."""
        for name in found:
            if name not in known:
                self._once(f"field of {what}", name, "ignored")

    def _once(self, what: str, name: str, consequence: str) -> None:
        if (what, name) not in self._told and len(self._told) < _MOST_TOLD:
            self._told.add((what, name))
            self._tell(f"the exchange tells of a {what} that we do not know, {consequence}: {one_line(name, 60)!r}")
