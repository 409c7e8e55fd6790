"""What scoring a headline takes: the shipped language models and each alone, beside VADER, in fresh processes.

CPU seconds of one thread, in batches of 16 as the container function reads them, on headlines of the benchmark's own;
the time to load and the memory of the whole process; and what a month of it costs in that function.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from math import nan
from pathlib import Path

from tests.bench.outcome import Figures, Limit, Outcome, shown, skipped
from tests.bench.processes import run
from tests.bench.sentiment_worker import BATCH
from tests.support.cloudformation import TEMPLATE, properties, read_template, resources
from trader.cost.bill import MONTH_DAYS

PRIMARY = "smollm2"
NAMES = ("llama", PRIMARY, "minilm")
"""Both models together, and each alone."""
LIMITED = NAMES[:2]
CPU_S = 0.15
PEAK_MB = 400.0
LOAD_S = 2.0

A_DAY = 500
GB_SECOND_USD = 0.0000166667
"""Lambda on x86_64 in us-east-1, as AWS Lambda Pricing lists it; arm64 is a fifth cheaper."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What one analyzer took: the least of some processes, the most memory."""

    load_s: float
    load_cpu_s: float
    cpu_s: float
    """For a headline, in batches."""
    alone_cpu_s: float
    """For one that comes by itself."""
    peak_mb: float


def measure(folder: Path, quick: bool) -> list[Outcome]:
    """Every analyzer in turn; where there are no language models that is an outcome with all limits unmet."""
    count, rounds = (3 * BATCH, 1) if quick else (10 * BATCH, 3)
    names = (*NAMES, "VADER")
    try:
        found = [{name: once(folder, name, count) for name in names} for _ in range(rounds)]
    except NotInstalled as error:
        return [not_measured(str(error))]
    least = {name: least_of([each[name] for each in found]) for name in names}
    return [outcome(name, least[name], least["VADER"], count) for name in NAMES]


class NotInstalled(Exception):
    """There are no language models on this machine; the text says what to do."""


def once(folder: Path, name: str, count: int) -> Taken:
    """One process from its start to its end. Raises NotInstalled."""
    took = run(folder, [sys.executable, "-m", "tests.bench.sentiment_worker", name, str(count)])
    found = json.loads(took.output)
    if "unavailable" in found:
        raise NotInstalled(found["unavailable"])
    return Taken(**found, peak_mb=took.peak_mb)


def least_of(found: list[Taken]) -> Taken:
    """What other work on the machine disturbed least; memory is what it took at most."""
    return Taken(
        min(each.load_s for each in found),
        min(each.load_cpu_s for each in found),
        min(each.cpu_s for each in found),
        min(each.alone_cpu_s for each in found),
        max(each.peak_mb for each in found),
    )


def outcome(name: str, taken: Taken, vader: Taken, count: int) -> Outcome:
    """One analyzer, with its limits; MiniLM alone has none."""
    memory_mb = function_mb()
    cheapest = monthly_usd(taken.cpu_s, memory_mb)
    dearest = monthly_usd(taken.load_s + taken.alone_cpu_s, memory_mb)
    figures: Figures = {
        "headlines": count,
        "load_s": taken.load_s,
        "load_cpu_s": taken.load_cpu_s,
        "cpu_s_per_headline": taken.cpu_s,
        "cpu_s_per_headline_alone": taken.alone_cpu_s,
        "headlines_per_cpu_s": 1.0 / taken.cpu_s,
        "times_of_vader": taken.cpu_s / vader.cpu_s,
        "peak_mb": taken.peak_mb,
        "function_mb": memory_mb,
        "monthly_usd_in_batches": cheapest,
        "monthly_usd_each_in_a_cold_function": dearest,
    }
    speed = f"{1.0 / taken.cpu_s:.3g} a CPU second, {taken.cpu_s / vader.cpu_s:,.0f} x VADER"
    rows = [
        (
            f"{name}: a headline, in batches of {BATCH}",
            f"{shown(taken.cpu_s)} ({speed}); alone {shown(taken.alone_cpu_s)}",
        ),
        (f"{name}: to load, memory", f"{shown(taken.load_s)}, {taken.peak_mb:.0f} MB"),
        (
            f"{name}: a month of {A_DAY} a day at {memory_mb} MB",
            f"{cheapest:.3f} USD in batches, {dearest:.2f} USD if each of them wakes a cold function",
        ),
    ]
    return Outcome(f"sentiment-{name}", figures, rows, limits(name, taken) if name in LIMITED else [])


def limits(name: str, taken: Taken) -> list[Limit]:
    """What was promised of it."""
    return [
        Limit(f"{name}: a headline, in batches of {BATCH}", taken.cpu_s, CPU_S, "CPU s"),
        Limit(f"{name}: memory", taken.peak_mb, PEAK_MB, "MB"),
        Limit(f"{name}: to load", taken.load_s, LOAD_S, "s"),
    ]


def not_measured(why: str) -> Outcome:
    """Said in the table, and with --strict a failure: nothing was shown to keep its limits."""
    nothing = Taken(nan, nan, nan, nan, nan)
    unmet = [limit for name in LIMITED for limit in limits(name, nothing)]
    return skipped("sentiment", why, unmet)


def monthly_usd(seconds: float, memory_mb: int) -> float:
    """What A_DAY headlines a day come to that take so long each in a function of this memory; its time alone.

    >>> round(monthly_usd(0.1, 1024), 4)
    0.0253
    """
    return A_DAY * MONTH_DAYS * seconds * memory_mb / 1024 * GB_SECOND_USD


def function_mb() -> int:
    """Memory of the container function, as the template has it: that of one whole processor."""
    function = resources(read_template(TEMPLATE.read_text("utf-8")))["LlamaFunction"]
    return int(str(properties(function)["MemorySize"]))
