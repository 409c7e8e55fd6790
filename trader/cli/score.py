"""trader score: sentiment of headlines."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

import click

from chalicelib.errors import Unavailable
from trader.cli import output


@click.command("score")
@click.argument("headlines", nargs=-1, required=True, metavar='"HEADLINE"...')
@click.option("--analyzer", type=click.Choice(["lexicon", "llama"]), default="lexicon", show_default=True)
@click.option("--domain", type=click.Choice(["crypto", "finance"]), default="crypto", show_default=True)
def command(headlines: tuple[str, ...], analyzer: str, domain: str) -> None:
    """Score headlines from -1 (bad) to 1 (good): one line of JSON each. "-" reads lines from standard input.

    \b
    Examples:
      trader score "Bitcoin hits record high" "Exchange hacked"
      trader score --domain finance "Net profit falls 20 %"
      cat headlines.txt | trader score -
    """
    if analyzer == "llama":
        raise Unavailable("the llama analyzer is not part of this version: use --analyzer lexicon")
    from chalicelib import wiring

    scorer = wiring.analyzer(domain)
    for headline in _lines(headlines):
        score = scorer.score([headline])[0]
        output.print_json({"headline": headline, "score": score.value, "label": score.label, "model": score.model})


def _lines(headlines: Iterable[str]) -> Iterator[str]:
    for headline in headlines:
        if headline == "-":
            lines = (line.decode("utf-8", errors="replace").strip() for line in sys.stdin.buffer)
            yield from (line for line in lines if line)
        else:
            yield headline.encode("utf-8", errors="surrogateescape").decode("utf-8", errors="replace")
