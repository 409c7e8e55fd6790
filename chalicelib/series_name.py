"""Names of series, and texts that give each of them something; settings read this and load nothing for it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

NAME = re.compile("[A-Za-z][A-Za-z0-9_]{0,39}")
NAME_WORDS = "a name of up to 40 letters, digits and _ that begins with a letter"


def is_series_name(name: str) -> bool:
    """Whether a series may be called so.

    >>> is_series_name("funding_rate"), is_series_name("2x"), is_series_name("")
    (True, False, False)
    """
    return NAME.fullmatch(name) is not None


def named(given: Sequence[str]) -> Mapping[str, str]:
    """What stands behind each name, of texts NAME=VALUE; the last one of a name counts.

    >>> named(("funding=a.csv", "mood=b=c.csv"))
    {'funding': 'a.csv', 'mood': 'b=c.csv'}
    """
    pairs = (each.partition("=") for each in given)
    return {name: value for name, _, value in pairs}
