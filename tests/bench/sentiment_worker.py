"""A process that loads one analyzer, scores headlines and prints as JSON what it took, or why it could not.

python -m tests.bench.sentiment_worker llama|smollm2|minilm|VADER HEADLINES
"""

from __future__ import annotations

import json
import sys
import time

from chalicelib.errors import TraderError
from chalicelib.ports import SentimentAnalyzer
from trader.sentiment.building import MODELS

BATCH = 16
_SUBJECTS = ("Bitcoin", "Ether", "Solana", "Exchange", "Payments startup", "Lender", "Regulator", "Mining firm")
_EVENTS = (
    "slides to lowest level in a month as investors pull money out of funds",
    "raises $40 million to expand its services across Europe and Asia",
    "explains how staking rewards will work after the next network upgrade",
    "is sued by users who say that withdrawals were frozen without notice",
)


def headlines(count: int, first: int = 0) -> list[str]:
    """Distinct ones of about 80 characters."""
    return [f"{_SUBJECTS[i % 8]} {_EVENTS[i // 8 % 4]}, week {i}" for i in range(first, first + count)]


def opened(name: str) -> SentimentAnalyzer:
    """The shipped analyzer of this name, for crypto headlines. Raises Unavailable, BadInput."""
    from chalicelib import wiring

    if name == "VADER":
        return wiring.analyzer("plain")
    from chalicelib.wiring import sentiment

    return sentiment.llama() if name == "llama" else sentiment.llama_model(MODELS[name])


def main(name: str, count: int) -> None:
    """Load; all headlines in batches; a batch of others one by one, as they come when little happens."""
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    try:
        analyzer = opened(name)
    except TraderError as error:
        print(json.dumps({"unavailable": str(error)}))  # noqa: T201
        return
    load_s, load_cpu_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
    together, alone = headlines(count), headlines(BATCH, first=count)
    began_cpu_s = time.process_time()
    for start in range(0, count, BATCH):
        analyzer.score(together[start : start + BATCH])
    batched_cpu_s = time.process_time() - began_cpu_s
    began_cpu_s = time.process_time()
    for headline in alone:
        analyzer.score([headline])
    figures = {
        "load_s": load_s,
        "load_cpu_s": load_cpu_s,
        "cpu_s": batched_cpu_s / count,
        "alone_cpu_s": (time.process_time() - began_cpu_s) / BATCH,
    }
    print(json.dumps(figures))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
