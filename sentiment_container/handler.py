"""What Lambda calls in the container: headlines in, scores out. No rule lives here."""

from __future__ import annotations

from typing import Protocol

from chalicelib.wiring.container import score_headlines


class Context(Protocol):
    """What of Lambda's context is used."""

    def get_remaining_time_in_millis(self) -> int: ...


def handle(event: object, context: Context) -> dict[str, object]:
    """The answer that `chalicelib/adapters/lambda_sentiment.py` describes. Raises TraderError: Lambda reports it."""
    return score_headlines(event, context.get_remaining_time_in_millis())
