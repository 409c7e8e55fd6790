"""--bars: how many histories are cut."""

from __future__ import annotations

import click

ALL = 0


class NumberOfBars(click.ParamType[int]):
    """A number of bars or all, which is ALL."""

    name = "N|all"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if value == "all":
            return ALL
        if not (str(value).isascii() and str(value).isdecimal() and int(str(value)) > 0):
            self.fail(f"{value!r} must be a number of bars or all", param, ctx)
        return int(str(value))


BARS = NumberOfBars()
