"""The rule of what the name of a symbol is, one for every door that takes one: a setting, an option, a file's name."""

from __future__ import annotations

import unicodedata

from chalicelib.assets import QUOTES
from chalicelib.errors import BadInput
from chalicelib.foreign_text import printable

LONGEST = 20
RULE = f"a symbol of 1 to {LONGEST} letters and digits, such as BTCUSDT"
SEPARATORS = "/-_"
"""What other programs write between base and quote."""


def symbol_name(text: str, where: str) -> str:
    """The name as the exchange writes it: in capitals, without what stands before a quote that is known.

    Letters are those of any script: Binance lists 币安人生USDT. Wide forms are the plain ones. Raises BadInput that
    begins with `where`, and tells what was found.

    >>> symbol_name("btcusdt", "--symbol"), symbol_name("BTC/USDT", "--symbol"), symbol_name("币安人生usdt", "--symbol")
    ('BTCUSDT', 'BTCUSDT', '币安人生USDT')
    """
    name = _joined(_plain(text).strip(" "))
    if found := _oddity(name):
        raise BadInput(f'{where} "{printable(text, 60)}": must be {RULE}; found {found}')
    return name


def symbol_names(text: str, where: str) -> list[str]:
    """The names in a list with commas between them. Raises BadInput as `symbol_name`, and for one that stands twice.

    >>> symbol_names("btcusdt, ETH-USDT", "--symbol")
    ['BTCUSDT', 'ETHUSDT']
    """
    names = [symbol_name(part, where) for part in text.split(",")]
    for at, name in enumerate(names):
        if name in names[:at]:
            raise BadInput(f'{where} "{printable(text, 60)}": {name} is given twice')
    return names


def _plain(text: str) -> str:
    """Capitals, and one spelling of what looks the same."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).upper())


def _joined(name: str) -> str:
    """Base and quote without the separator between them; what ends with no known quote is left as it is."""
    for separator in SEPARATORS:
        base, found, quote = name.partition(separator)
        if found and base and quote in QUOTES:
            return base + quote
    return name


def _oddity(name: str) -> str:
    """Words for what keeps the name from being one; empty where nothing does."""
    if not name:
        return "nothing"
    for at, character in enumerate(name):
        category = unicodedata.category(character)
        is_mark = category in ("Mn", "Mc") and at > 0  # vowels and tones of many scripts
        if not (category.startswith("L") or category == "Nd" or is_mark):
            return f'"{printable(character)}"'
    return f"{len(name)} characters" if len(name) > LONGEST else ""
