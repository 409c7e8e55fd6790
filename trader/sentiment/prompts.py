"""What SmolLM2 reads before a headline: a task and examples of our own, three or six, so that its last state is about
tone. Neither more examples nor another question were better on the folds (docs/sentiment.md)."""

from __future__ import annotations

from collections.abc import Mapping

SUFFIX = "\nSentiment:"


def _prompt(task: str, *examples: tuple[str, str]) -> str:
    shown = "".join(f"Headline: {headline}{SUFFIX} {label}\n\n" for headline, label in examples)
    return f"{task}\n\n{shown}Headline: "


PROMPTS: Mapping[str, str] = {
    "crypto": _prompt(
        "Classify the sentiment of each news headline as positive, negative or neutral.",
        ("Bitcoin price plunges 15% as exchange halts withdrawals", "negative"),
        ("Fintech firm raises $50 million to expand its crypto payments service", "positive"),
        ("A beginner's guide to how Ethereum staking works", "neutral"),
    ),
    "finance": _prompt(
        "Classify the tone of each financial news headline for the company or market it is about: "
        "positive, negative or neutral.",
        ("Net profit falls 20% on weak demand", "negative"),
        ("Company wins $50 million order, shares jump", "positive"),
        ("Board to meet on Friday to consider results", "neutral"),
        ("Bank's bad loans rise, margins under pressure", "negative"),
        ("Sensex gains 300 points on foreign inflows", "positive"),
        ("Gold trades flat ahead of policy decision", "neutral"),
    ),
}
"""By domain; the text follows at once."""
