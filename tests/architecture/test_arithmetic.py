"""The same bits on every Python and machine: the kernel's operations, and the one addition of floats."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.arithmetic_rule import built_in_sums, kernel_names, unsafe_arithmetic

ROOT = Path(__file__).parents[2]
KERNEL = sorted((ROOT / "chalicelib" / "kernel").glob("*.py"))

COUNTS = {
    "((label == one) + (found == one) for label, found in pairs)",
    "(1 for _ in islice(_ATTRIBUTE.finditer(tag), MOST_ATTRIBUTES + 2))",
    "(1 for entry in entries.found if text_of(entry, 'title'))",
    "(1 for entry, _ in kept if not title_of(entry))",
    "(1 for entry, item in kept if item.published_ms is None and is_dated(entry))",
    "(1 for one in read if one is None or not one['entries'])",
    "(character > '\\uffff' for character in text)",
    "(check.compared for check in self._indicators.values())",
    "(check.skipped for check in self._indicators.values())",
    "(file.rows for file in group)",
    "(flat.count(mark) * each for mark, each in WEIGHTS.items())",
    "(gaps.minutes for gaps in data.gaps)",
    "(gaps.runs for gaps in data.gaps)",
    "(hit for hit, _ in each)",
    "(self._candles.append(part, self._kept) for part in parts)",
    "(int((columns[f'wanted if {held} {number}'].values > 0).sum()) for number in range(len(ground.symbols)))",
    "(int(counts[name]) for name in ('succeeded', 'failed', 'timedOut', 'aborted'))",
    "(label == found == one for label, found in pairs)",
    "(label > 0 for label, _ in toned)",
    "(len(bars.open_ms) for bars in seen.bars)",
    "(len(name.encode()) + _value_bytes(value) for name, value in item.items())",
    "(len(part.encode()) for part in value)",
    "(len(plan.cuts) for plan in plans)",
    "(minutes_of(*gap) for gap in archive.gaps(symbol, from_ms, to_ms))",
    "(minutes_of(first, last) for first, last in left)",
    "(minutes_of(first, last) for first, last in wanted)",
    "(news.score.degraded for news in scored)",
    "(not finding.holds for finding in found)",
    "(one != other for one, other in pairwise(kinds))",
    "(row is None for row in self.rows)",
    "(row.label == label for row in rows)",
    "(score.degraded for score in scores)",
    "(self._append_many(distinct[start:start + MOST_IN_A_TRANSACTION], days) for start in starts)",
    "map(_units, pieces)",
    "map(len, new)",
    "map(len, rows)",
    "map(str.isupper, letters)",
    "natural",
    "widths",
}
"""What the built-in `sum` may add: whole numbers. Floats are for `chalicelib.addition.added`."""


@pytest.mark.parametrize("module", KERNEL, ids=lambda module: module.name)
def test_the_kernel_computes_what_is_the_same_everywhere(module: Path) -> None:
    source = module.read_text("utf-8")
    assert unsafe_arithmetic(source, kernel_names(source)) == []


@pytest.mark.parametrize(
    "planted",
    [
        "2.0**-52",
        "x ** 0.5",
        "round(x, 8)",
        "sum(values)",
        "pow(x, 2)",
        "exp(x)",
        "log(x)",
        "math.exp(x)",
        "np.sum(x)",
        "x % 1.0",
        "x // step",
        "sqrt(x)",
        "float.fromhex(x)",
        "sorted(values)[0]",
        "(lambda y: y)(x)",
    ],
)
def test_a_planted_operation_is_noticed(planted: str) -> None:
    assert unsafe_arithmetic(f"def f(x, values, step):\n    return {planted}\n", {"exp", "log", "round"})


@pytest.mark.parametrize(
    "planted", ["import math", "import numpy as np", "from math import exp", "from math import fma"]
)
def test_a_planted_import_is_noticed(planted: str) -> None:
    assert unsafe_arithmetic(planted)


def test_a_planted_assignment_is_noticed() -> None:
    assert unsafe_arithmetic("def f(x):\n    x **= 2.0\n    x %= 3.0\n") == ["2: x **= 2.0", "3: x %= 3.0"]


def test_the_built_in_sum_adds_whole_numbers_only() -> None:
    found = {
        added: str(module.relative_to(ROOT))
        for part in ("chalicelib", "trader")
        for module in (ROOT / part).rglob("*.py")
        for added in built_in_sums(module.read_text("utf-8"))
    }
    assert {added: where for added, where in found.items() if added not in COUNTS} == {}
    assert COUNTS - set(found) == set()


def test_a_planted_sum_of_fees_is_noticed() -> None:
    [planted] = built_in_sums("fees = sum((fill.fee for fill in fills), 0.0)")
    assert planted not in COUNTS
    assert built_in_sums("from math import fsum\nx = fsum(fees)") == ["fees"]
