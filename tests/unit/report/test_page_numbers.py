"""The page's own script writes money and prices with digits that say something, too."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from trader.report.page import text_of

NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="there is no node to run the page's script")
@pytest.mark.parametrize(
    ("cash", "digits", "expression", "text"),
    [
        (0.05, 8, "money(0.00018919404)", "0.00018919"),
        (0.05, 8, "money(-0.0000000049, true)", "\N{MINUS SIGN}0.0000000049"),
        (10_000.0, 2, "money(12345.678, true)", "+12,345.68"),
        (10_000.0, 2, "money(0)", "0.00"),
        (0.05, 8, "priced(1.96e-8, 0)", "0.00000001960"),
        (0.05, 8, "priced(2e-8, 0)", "0.00000002"),
        (0.05, 8, "priced(94021.123456, 1)", "94,021.12"),
        (0.05, 8, "priced(1.234e-11, 2)", "0.00000000001234"),
    ],
)
def test_amounts_and_prices_of_any_size_are_readable(cash: float, digits: int, expression: str, text: str) -> None:
    given = {
        "charts": {"start_cash": cash, "money_digits": digits},
        "market": [{"decimals": 8}, {"decimals": 2}, {"decimals": 14}],
        "trades": {"symbol": [0, 1, 2]},
    }
    known = "".join(f"const {name} = {json.dumps(value)};" for name, value in given.items())
    script = f"{known}\n{text_of('axes.js')}\n{text_of('trades.js')}\nconsole.log({expression});"
    done = subprocess.run([str(NODE), "-e", script], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.strip() == text
