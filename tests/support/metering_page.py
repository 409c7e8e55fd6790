"""The figures in docs/cost.md: made from the files that `trader cost` reads, so the page cannot lag behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from trader.cost.bill import bill, duration_ms
from trader.cost.figures import Figures, read_figures
from trader.cost.prices import Prices, read_prices
from trader.cost.report import CostReport, report

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cost.md"
NAMES = {"minute": "a minute", "trade": "a position entered and left", "headline": "a minute with a new headline"}
MEMORY_SIZES = (128, 192, 256, 512)


def blocks() -> dict[str, str]:
    """Every generated block of the page by its name."""
    figures, prices = read_figures(), read_prices()
    found = report(figures, prices)
    return {
        "sums": _sums(found),
        "parts": _parts(found),
        "hours": _hours(found),
        "resources": _resources(found),
        "minute": _minute(figures),
        "memory": _memory(figures, prices),
        "doubts": _doubts(found),
        "series": _series(found),
        "llama": _llama(found),
        "apart": _apart(prices),
    }


def with_figures(page: str) -> str:
    """The page with every block as it must be. Raises ValueError for a page that lacks one."""
    for name, text in blocks().items():
        start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, opening, rest = page.partition(start)
        _, closing, after = rest.partition(end)
        if not (opening and closing):
            raise ValueError(f"docs/cost.md: no block {name}")
        page = f"{before}{start}{text}\n{end}{after}"
    return page


def write_page() -> None:
    """Bring the page up to date."""
    PAGE.write_text(with_figures(PAGE.read_text("utf-8")), encoding="utf-8")


def _sums(found: CostReport) -> str:
    one, ten = (found.monthly_usd[number] for number in ("1", "10"))
    dearest = ", ".join(f"{name.replace('_', ' ')} {found.by[name]:.2f}" for name in found.dominates)
    return (
        f"**{one:.2f} USD a month for one symbol, {ten:.2f} for ten; each further symbol adds "
        f"{found.each_further_symbol:.3f}.** Prices of {found.region}, {found.prices_date}, {found.days} days, no free "
        f"tier counted.\nThe dearest parts for one symbol: {dearest}."
    )


def _parts(found: CostReport) -> str:
    kinds = sorted(found.by, key=lambda kind: -found.by[kind])
    rows = [
        (kind.replace("_", " "), *(f"{found.by_symbols[number][kind]:.4f}" for number in ("1", "10"))) for kind in kinds
    ]
    total = ("**total**", *(f"**{found.monthly_usd[number]:.4f}**" for number in ("1", "10")))
    return _table(("USD a month", "1 symbol", "10 symbols"), [*rows, total])


def _hours(found: CostReport) -> str:
    kinds = [kind for kind, usd in sorted(found.hourly_by.items(), key=lambda item: -item[1]) if usd >= 0.0005]
    rows = [(kind.replace("_", " "), f"{found.hourly_by[kind]:.4f}", f"{found.by[kind]:.4f}") for kind in kinds]
    total = ("**total**", f"**{found.hourly_usd['1']:.4f}**", f"**{found.monthly_usd['1']:.4f}**")
    table = _table(("USD a month, 1 symbol", "1h", "1m"), [*rows, total])
    return f"{table}\n\nEach hour of the day in which something is held adds {found.held_hour_usd:.3f}."


def _resources(found: CostReport) -> str:
    names = [name for name, usd in found.by_resource["1"].items() if usd >= 0.001]
    rows = [(name, *(f"{found.by_resource[number][name]:.4f}" for number in ("1", "10"))) for name in names]
    return _table(("USD a month", "1 symbol", "10 symbols"), rows)


def _minute(figures: Figures) -> str:
    minute = figures.events["minute"]
    rows = []
    for name, work in minute.functions.items():
        calls = " + ".join(f"{amount.first:.3g} {kind}" for kind, amount in sorted(work.calls.items()))
        row = (name, f"{work.invocations.first:.3g}", f"{work.cpu_ms.first:.0f}", calls, f"{work.log_bytes.first:.0f}")
        rows.append(row)
    tables = sorted({*minute.writes, *minute.reads})
    units = [
        (
            table,
            *(
                f"{part.get(table, (0.0, 0.0))[place]:.3g}"
                for part in (minute.writes, minute.reads)
                for place in (0, 1)
            ),
        )
        for table in tables
    ]
    return "\n\n".join(
        [
            _table(("function, 1 symbol", "invocations", "CPU ms", "requests", "log bytes"), rows),
            _table(("table", "write units", "each further symbol", "read units", "each further symbol"), units),
        ]
    )


def _memory(figures: Figures, prices: Prices) -> str:
    minute = figures.events["minute"]
    rows = []
    for name, work in minute.functions.items():
        cells = []
        for size in MEMORY_SIZES:
            changed = _with_memory(figures, name, size)
            usd = sum(c.usd for c in bill(changed, prices, 1) if c.kind == "lambda_duration" and c.resource == name)
            each = duration_ms(changed, name, work, 1) / work.invocations.first
            cells.append(f"{usd:.4f} ({each:.0f} ms)")
        rows.append((name, *cells))
    return _table(("USD a month (an invocation)", *(f"{size} MB" for size in MEMORY_SIZES)), rows)


def _with_memory(figures: Figures, function: str, size: int) -> Figures:
    return replace(figures, memory_mb={**figures.memory_mb, function: size})


def _doubts(found: CostReport) -> str:
    rows = [("as assumed", *_usd(found.monthly_usd)), *((what, *_usd(sums)) for what, sums in found.what_if.items())]
    return _table(("USD a month if", "1 symbol", "10 symbols"), rows)


def _series(found: CostReport) -> str:
    rows = [(f"by bars of {interval}", f"{usd:.4f}") for interval, usd in found.series_usd.items()]
    return _table(("USD a month, each series and symbol", ""), rows)


def _llama(found: CostReport) -> str:
    rows = [(kind.replace("_", " "), f"{usd:.4f}") for kind, usd in found.llama_usd.items() if usd >= 0.00005]
    return _table(("USD a month", ""), [*rows, ("**sum**", f"**{sum(found.llama_usd.values()):.4f}**")])


def _apart(prices: Prices) -> str:
    return _table(("USD a month", ""), [(f"{option.usd:.2f}", option.what) for option in prices.options.values()])


def _usd(sums: Mapping[str, float]) -> tuple[str, str]:
    return f"{sums['1']:.2f}", f"{sums['10']:.2f}"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] + ["---:"] * (len(columns) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
