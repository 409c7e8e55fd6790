"""Why a table cannot be taken for candles."""

from __future__ import annotations


class Unclear(Exception):
    """What was found and what to do, without the name of the file, which whoever opened it adds."""
