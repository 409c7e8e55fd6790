"""--series and --sentiment: what they come to, and what is refused before anything is read."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from trader.cli.series_option import sentiment_among, series_option


@click.command()
@series_option
def shown(series: tuple[str, ...]) -> None:
    click.echo(" ".join(series))


def test_sentiment_is_one_of_the_series() -> None:
    assert sentiment_among(("funding=a.csv", "sentiment=b.csv"), None) == (("funding=a.csv",), Path("b.csv"))
    assert sentiment_among(("funding=a.csv",), Path("c.csv")) == (("funding=a.csv",), Path("c.csv"))
    assert sentiment_among((), None) == ((), None)


@pytest.mark.parametrize(
    ("series", "sentiment", "words"),
    [
        (("funding=a.csv", "funding=b.csv"), None, "--series funding is given twice: give one file"),
        (("sentiment=a.csv",), Path("b.csv"), "--series sentiment is given twice, which --sentiment is short for"),
    ],
)
def test_a_series_is_given_once(series: tuple[str, ...], sentiment: Path | None, words: str) -> None:
    with pytest.raises(click.UsageError, match=words):
        sentiment_among(series, sentiment)


@pytest.mark.parametrize("given", ["funding", "funding=", "=a.csv", "2x=a.csv", "a b=c.csv"])
def test_what_is_no_name_and_file_is_refused(given: str) -> None:
    told = CliRunner().invoke(shown, ["--series", given])
    assert told.exit_code == 2
    assert "must be NAME=FILE: a name of up to 40 letters, digits and _" in " ".join(told.output.split())
    assert CliRunner().invoke(shown, ["--series", "a=b=c.csv"]).output == "a=b=c.csv\n"
