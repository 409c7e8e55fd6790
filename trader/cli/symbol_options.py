"""Symbols on the command line."""

from __future__ import annotations

import click

from chalicelib.symbol_name import symbol_name, symbol_names


class SymbolName(click.ParamType[str]):
    """The name of one symbol, as the exchange writes it."""

    name = "SYMBOL"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return symbol_name(str(value), _where(param, ctx))


class SymbolNames(click.ParamType[str]):
    """Names of symbols with a comma between them, each as the exchange writes it, none twice."""

    name = "SYMBOLS"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return ",".join(symbol_names(str(value), _where(param, ctx)))


SYMBOL, SYMBOLS = SymbolName(), SymbolNames()


def _where(param: click.Parameter | None, ctx: click.Context | None) -> str:
    return "symbol" if param is None else param.get_error_hint(ctx).strip("'.[]")
