"""The report of the best set: how it was found, and what it came to where it was chosen and after."""

from __future__ import annotations

from collections.abc import Iterator

from trader.backtest.seen import seen_of
from trader.report import Report, SampleSpan, Trials
from trader.tuning.judge import Judged
from trader.tuning.tune import Tuned
from trader.tuning.verdict import headline


def report_of(tuned: Tuned) -> Report:
    """The best set over all minutes, with both parts of them told apart."""
    whole = tuned.best_throughout
    trials = Trials(
        tried=tuned.luck.sets_tried,
        chosen=f"by the highest {tuned.plan.choice.objective} in sample",
        in_sample=(_sample(tuned.best_in_sample),),
        out_of_sample=tuple(_sample(leg.outcome) for leg in tuned.legs[-1:]),
        verdict=headline(tuned.findings),
        warnings=tuple(f"At an end of the grid: {edge.text}." for edge in tuned.edges),
        remarks=tuple(_remarks(tuned)),
    )
    engine = tuned.study.engine
    seen = seen_of(whole.data, tuned.config, whole.result, engine)
    return Report(whole.data, whole.result, whole.metrics, tuned.config, engine.name, trials, seen)


def _sample(judged: Judged) -> SampleSpan:
    times = judged.result.times
    return SampleSpan(int(times[0]), int(times[-1]), judged.metrics)


def _remarks(tuned: Tuned) -> Iterator[str]:
    if tuned.legs:
        yield (
            f"The next sentences are about the walk-forward: {len(tuned.legs)} folds joined, each run with the set "
            "that was chosen on the minutes before it."
        )
    for finding in tuned.findings:
        yield f"{finding.text[0].upper()}{finding.text[1:]}."
