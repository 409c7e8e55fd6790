"""A value that must not be seen: every way of printing it shows only stars."""

from __future__ import annotations

STARS = "***"


class Secret:
    """Text that only `reveal` gives away; an empty one is false.

    >>> token = Secret("abc")
    >>> token, f"{token}", token.reveal()
    (***, '***', 'abc')
    """

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself: call it where it is handed to the other side, and nowhere else."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __repr__(self) -> str:
        return STARS

    def __str__(self) -> str:
        return STARS

    def __format__(self, specification: str) -> str:
        return format(STARS, specification)
