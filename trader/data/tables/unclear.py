"""The error of a table that cannot be taken for candles."""

from __future__ import annotations


class Unclear(Exception):
    """Tells what was found and what to do, without the name of the file, which whoever opened it adds."""
