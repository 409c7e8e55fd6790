"""Keys that once stood elsewhere: their old names are read for good, and the new ones are said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

RENAMED = {
    **{
        f"strategy.{name}": f"strategy.settings.{name}"
        for name in ("rsi_period", "rsi_buy", "rsi_sell", "sentiment_buy", "sentiment_sell")
    },
    "strategy.sentiment_window": "inputs.sentiment_window",
}
"""The new name of every key by its old one; the settings are those of rsi_sentiment."""


def renamed(document: Mapping[str, object], overrides: Sequence[str], source: str) -> Iterator[str]:
    """A line for a file, and one for the command line, that use old names."""
    section = document.get("strategy")
    in_file = [f"strategy.{own}" for own in section] if isinstance(section, dict) else []
    named = [override.partition("=")[0].strip() for override in overrides]
    for where, names in ((source, in_file), ("--set", named)):
        old = [name for name in names if name in RENAMED]
        if old:
            yield f"{where}: {', '.join(f'{name} is now {RENAMED[name]}' for name in old)}; the old names go on"
