"""Numbers as spreadsheets and platforms write them: with a point or a comma before their decimals."""

from __future__ import annotations

import re
from collections.abc import Iterable

from trader.data.tables.unclear import Unclear


def number(cell: str, mark: str = ".") -> float | None:
    """The number in a cell with this decimal mark, None where it holds none.

    >>> number(" 1.5"), number("1,5", ","), number("1,234.5"), number("2025.01.01")
    (1.5, 1.5, None, None)
    """
    try:
        return float(cell.strip().replace(mark, "."))
    except ValueError:
        return None


def decimal_mark(cells: Iterable[str]) -> str:
    """The decimal mark of cells that hold numbers. Raises Unclear where a comma can be one of thousands too.

    >>> decimal_mark(["94000.5", "12"]), decimal_mark(["94000,55", "12,250"])
    ('.', ',')
    """
    with_comma = [cell.strip() for cell in cells if "," in cell]
    if not with_comma:
        return "."
    sure = [cell for cell in with_comma if re.fullmatch(r"-?\d+,(?!\d{3}$)\d+|-?\d{4,},\d+|-?0,\d+", cell)]
    if not sure or not all(re.fullmatch(r"-?\d+,\d+", cell) for cell in with_comma):
        raise Unclear(f"numbers such as {with_comma[0]!r}: decimals or thousands? Write them as 1234.5")
    return ","
