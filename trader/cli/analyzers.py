"""The analyzers by the names that commands take, and the options that choose one."""

from __future__ import annotations

from pathlib import Path

import click

from chalicelib.headline_domain import DOMAINS, HeadlineDomain
from chalicelib.ports import SentimentAnalyzer

ANALYZER = click.option(
    "--analyzer",
    type=click.Choice(["lexicon", "llama"]),
    default="lexicon",
    show_default=True,
    help="llama: after make llama.",
)
DOMAIN = click.option(
    "--domain",
    type=click.Choice(DOMAINS),
    default=HeadlineDomain.CRYPTO.value,
    show_default=True,
    help="What kind of headlines.",
)


def named_analyzer(name: str, domain: str, models: Path | None = None, heads: Path | None = None) -> SentimentAnalyzer:
    """What ANALYZER gives, for headlines of this domain; folders as `wiring.sentiment.llama` has them.

    Raises Unavailable for models that are not installed, BadInput for files that do not belong together.
    """
    if name == "llama":
        from chalicelib.wiring import sentiment

        return sentiment.llama(domain, models, heads)
    from chalicelib import wiring

    return wiring.analyzer(domain)
