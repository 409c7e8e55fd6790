"""Targets at which parts of a position are sold, as agent.toml and overrides write them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from chalicelib.addition import added
from chalicelib.config.values import OFF, Kind, ValueRefused, number

MOST_TARGETS = 3
ROUNDING = 1e-9
"""Parts that make up a whole but for what their sum rounds are a whole."""
_DISTANCE = number(0, 100, low_open=True)
_PART = number(0, 1, low_open=True)


def targets(most: int) -> Kind[str]:
    """Pairs of distance and part, as a list of them or as text; equal ones are read as equal texts.

    >>> targets(3).read([[0.02, 0.5], [0.05, 0.5]]), targets(3).read("0.02:0.5 0.05:.5"), targets(3).read([])
    ('0.02:0.5 0.05:0.5', '0.02:0.5 0.05:0.5', 'off')
    """

    def read(value: object) -> str:
        pairs = [] if value == OFF else [_pair(each) for each in _listed(value)]
        distances = [distance for distance, _ in pairs]
        if len(pairs) > most or any(low >= high for low, high in pairwise(distances)):
            raise ValueRefused
        if added(part for _, part in pairs) > 1.0 + ROUNDING:
            raise ValueRefused
        return " ".join(f"{distance!r}:{part!r}" for distance, part in pairs) or OFF

    example = '[[0.02, 0.5], [0.05, 0.5]] or "0.02:0.5 0.05:0.5"'
    words = f"at most {most} pairs of an ascending distance and a part, parts 1 in all at most"
    return Kind(f'{words}, such as {example}, or "{OFF}"', read)


def pairs_of(given: str) -> list[tuple[float, float]]:
    """Distance and part of each of what was read as targets.

    >>> pairs_of("0.02:0.5 0.05:0.5"), pairs_of("off")
    ([(0.02, 0.5), (0.05, 0.5)], [])
    """
    return [] if given == OFF else [_pair(each) for each in _listed(given)]


def kept_after(parts: Iterable[float]) -> float:
    """The fraction of what was entered that stays once these parts are sold.

    >>> kept_after([0.25]), kept_after([0.1, 0.2, 0.7])
    (0.75, 0.0)
    """
    kept = 1.0 - added(parts)
    return kept if kept > ROUNDING else 0.0


def _listed(value: object) -> Sequence[object]:
    if isinstance(value, str):
        return [each.split(":") for each in value.split()]
    if not isinstance(value, list):
        raise ValueRefused
    return value


def _pair(value: object) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueRefused
    try:
        distance, part = (float(each) if isinstance(each, str) else each for each in value)
    except ValueError:
        raise ValueRefused from None
    return _DISTANCE.read(distance), _PART.read(part)
