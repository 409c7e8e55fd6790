"""--strategy: a built-in strategy by its name, or a file of one's own."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from chalicelib.strategy.rule import Strategy


MODULE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,60}\.py")


class StrategyName(click.ParamType[str]):
    """The name of a built-in strategy, or a path: what ends with .py or holds a path separator."""

    name = "NAME|FILE"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from chalicelib.config.keys import STRATEGY_FILE
        from chalicelib.config.values import ValueRefused
        from chalicelib.strategy.loader import built_in_names

        given, names = str(value), built_in_names()
        if not is_file(given) and given not in names:
            self.fail(f"{given!r} must be {', '.join(names)} or the path of a .py file", param, ctx)
        try:
            return STRATEGY_FILE.read(given) if is_file(given) else given
        except ValueRefused:
            self.fail(f"{given!r} must be {STRATEGY_FILE.words}", param, ctx)


class StrategyFile(click.ParamType[str]):
    """The path of a strategy file to be made: its name is fit for that of a module beside it."""

    name = "FILE"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        name = str(value).replace("\\", "/").rpartition("/")[2]
        if not MODULE.fullmatch(name):
            self.fail(f"{value!r} must be the path of a .py file, its name of letters, digits and _", param, ctx)
        return str(value)


STRATEGY = StrategyName()
strategy_option = click.option(
    "--strategy",
    type=STRATEGY,
    help="A built-in strategy, or a file of your own [strategy.name and .file of --config].",
)


def is_file(given: str) -> bool:
    """Whether a file is meant, not a name.

    >>> is_file("mine.py"), is_file("./mine"), is_file("ema_cross")
    (True, True, False)
    """
    return given.endswith(".py") or "/" in given or "\\" in given


def overrides_of(strategy: str | None) -> tuple[str, ...]:
    """What --strategy is short for, as --set takes it.

    >>> overrides_of("mine.py"), overrides_of("ema_cross"), overrides_of(None)
    (('strategy.file="mine.py"',), ('strategy.name="ema_cross"',), ())
    """
    if strategy is None:
        return ()
    key = "strategy.file" if is_file(strategy) else "strategy.name"
    return (f"{key}={json.dumps(strategy, ensure_ascii=False)}",)


def strategy_named(given: str) -> Strategy:
    """The strategy itself. Raises BadInput for a file that is none."""
    from pathlib import Path

    from chalicelib.strategy.loader import built_in, from_file

    return from_file(Path(given)) if is_file(given) else built_in(given)
