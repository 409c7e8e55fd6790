"""Off-by-one defects in either reading of the filters: what is planted, and how a reading with it is loaded."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

from tests.support.filter_cases import Judge, client_judge, exchange_judge

ROOT = Path(__file__).resolve().parents[2]
CLIENT_PACKAGE = ROOT / "chalicelib" / "filters"
EXCHANGE_MODULE = ROOT / "trader" / "sim" / "trading" / "rules.py"

ON_THE_EXCHANGE = (
    ("(not low or value >= low)", "(not low or value > low)"),
    ("(not high or value <= high)", "(not high or value < high)"),
    ("(not low or value >= low)", "(value > low)"),
    ("WIDE.remainder(value, unit) == ZERO", "WIDE.remainder(value - low, unit) == ZERO"),
    ("WIDE.remainder(value, unit) == ZERO", "float(value) % float(unit) == 0.0"),
    ("if price)\n\n\ndef _lot_size", "if price != placement.request.stop_price)\n\n\ndef _lot_size"),
    ("(placement.quantity, placement.request.iceberg or placement.quantity)", "(placement.quantity,)"),
    ('placement.request.kind != "MARKET" or _on_grid', 'placement.request.kind not in AT_MARKET or _on_grid'),
    ("is_off or _worth(placement) >=", "is_off or _worth(placement) >"),
    ('not rule["applyToMarket"]', 'rule["applyToMarket"]'),
    ('worth >= Decimal(rule["minNotional"]))', 'worth > Decimal(rule["minNotional"]))'),
    ('worth <= Decimal(rule["maxNotional"])\n', 'worth < Decimal(rule["maxNotional"])\n'),
    ("product(placement.average, down) <= price", "product(placement.average, down) < price"),
    ("price <= product(placement.average, up)", "price < product(placement.average, up)"),
    ("placement.quantity <= product(iceberg,", "placement.quantity < product(iceberg,"),
    ("return bool(least <= request.trailing_delta <= most)", "return bool(least < request.trailing_delta <= most)"),
    ("return bool(least <= request.trailing_delta <= most)", "return bool(least <= request.trailing_delta < most)"),
    ('<= Decimal(rule["maxPosition"])', '< Decimal(rule["maxPosition"])'),
    ("there < int(rule[field])", "there <= int(rule[field])"),
    ('placement.holding + bidden + placement.quantity', "placement.holding + placement.quantity"),
    ("orders = placement.open_anywhere if everywhere else", "orders = placement.open_here if everywhere else"),
)  # fmt: skip
"""Text of the simulated exchange's rules, and what stands in its place."""

IN_THE_PRODUCT = (
    ("grids.py", "amount < self.least", "amount <= self.least"),
    ("grids.py", "amount > self.most", "amount >= self.most"),
    ("grids.py", "if self.most and", "if"),
    ("grids.py", "is_multiple(amount, self.step)", "is_multiple(amount - self.least, self.step)"),
    ("grids.py", "if order.stop_price else", "if order.price else"),
    ("grids.py", "if order.iceberg else", "if not order.iceberg else"),
    ("grids.py", "if order.kind == MARKET else", "if not order.price else"),
    ("amounts.py", "not EXACT.remainder(amount, step)", "float(amount) % float(step) == 0.0"),
    ("amounts.py", "return EXACT.multiply(one, other)", "return (one * other).quantize(Decimal('1e-8'))"),
    ("worth.py", "worth < least", "worth <= least"),
    ("worth.py", "worth > most", "worth >= most"),
    ("worth.py", "self.least_at_market or not at_market", "self.least_at_market"),
    ("worth.py", "order.price < low", "order.price <= low"),
    ("worth.py", "order.price > high", "order.price >= high"),
    ("worth.py", "self.buying if order.is_buy", "self.selling if order.is_buy"),
    ("counts.py", "found >= self.most", "found > self.most"),
    ("counts.py", "around.anywhere if self.everywhere", "around.here if self.everywhere"),
    ("counts.py", "order.quantity <= product(", "order.quantity < product("),
    ("counts.py", "plus(around.holding, around.bidden)", "around.holding"),
    ("counts.py", "position > self.most", "position >= self.most"),
    ("counts.py", "least <= order.trailing_delta <= most", "least <= order.trailing_delta < most"),
    ("counts.py", "is_stop is order.is_buy", "is_stop is not order.is_buy"),
    ("proposed.py", "return self.kind != MARKET", "return True"),
    ("reading.py", 'f"{side}MultiplierDown"), shown', 'f"{side}MultiplierUp"), shown'),
)
"""A module of the product's package, text of it, and what stands in its place."""


def defective_exchange(old: str, new: str) -> Judge:
    """The simulated exchange with a defect."""
    module = ModuleType("defective_rules")
    exec(compile(_replaced(EXCHANGE_MODULE, old, new), str(EXCHANGE_MODULE), "exec"), module.__dict__)  # noqa: S102
    return exchange_judge(module)


def defective_client(folder: Path, number: int, file: str, old: str, new: str) -> Judge:
    """The product with a defect, a package of its own in this folder, which the path of imports has to name."""
    name = f"filters_with_defect_{number}"
    (folder / name).mkdir()
    for source in CLIENT_PACKAGE.glob("*.py"):
        text = _replaced(source, old, new) if source.name == file else source.read_text("utf-8")
        (folder / name / source.name).write_text(text.replace("chalicelib.filters", name), "utf-8")
    try:
        return client_judge(name)
    finally:
        for loaded in [each for each in sys.modules if each.partition(".")[0] == name]:
            del sys.modules[loaded]


def _replaced(file: Path, old: str, new: str) -> str:
    text = file.read_text("utf-8")
    assert text.count(old) >= 1, f"{file.name} has no {old!r} any more: plant it elsewhere"
    return text.replace(old, new, 1)
