"""trader score: sentiment of headlines."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

import click

from trader.cli import output
from trader.cli.analyzers import ANALYZER, DOMAIN, named_analyzer


@click.command("score")
@click.argument("headlines", nargs=-1, required=True, metavar='"HEADLINE"...')
@ANALYZER
@DOMAIN
@click.option("--explain", is_flag=True, help="Add confidence and flags.")
def command(headlines: tuple[str, ...], analyzer: str, domain: str, explain: bool) -> None:
    """Score headlines from -1 (bad) to 1 (good): one line of JSON each. "-" reads lines from standard input.

    Confidence is the probability of the label, 0 where the analyzer knows of none; flags say what is odd about a
    headline, such as an instruction to the model that reads it.

    \b
    Examples:
      trader score "Bitcoin hits record high" "Exchange hacked"
      trader score --domain finance "Net profit falls 20 %"
      trader score --analyzer llama --explain "Exchange hacked"          after make llama
      cat headlines.txt | trader score -
    """
    scorer = named_analyzer(analyzer, domain)
    for headline in _lines(headlines):
        (score,) = scorer.score([headline])
        told = {"headline": headline, "score": score.value, "label": score.label, "model": score.model}
        why = {"confidence": score.confidence, "flags": score.flags} if explain else {}
        output.print_json({**told, **why})


def _lines(headlines: Iterable[str]) -> Iterator[str]:
    for headline in headlines:
        if headline == "-":
            lines = (line.decode("utf-8", errors="replace").strip() for line in sys.stdin.buffer)
            yield from (line for line in lines if line)
        else:
            yield headline.encode("utf-8", errors="surrogateescape").decode("utf-8", errors="replace")
