"""What is known of one headline after it was scored: more than a Score keeps, enough to explain it."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.adapters.llama.sanitise import Clean
from chalicelib.domain import LABELS, Score


@dataclass(frozen=True, slots=True)
class HeadlineVerdict:
    """P(positive) - P(negative), and what stands behind it."""

    value: float
    """-1..1; 0 where nothing was left to score, or the title contradicts itself or was written for the machine."""
    label: str
    """The most probable class; neutral where the title was hostile or empty."""
    confidence: float
    """Probability of the label, 0..1; 0 where there was nothing to believe."""
    probabilities: tuple[float, float, float]
    """Of negative, neutral, positive."""
    flags: tuple[str, ...]
    """What was wrong with the title; `disagreement` of two models, `mixed` for two parts that contradict each other."""
    text: str
    """What of the title was scored."""
    model: str

    def score(self) -> Score:
        """As the port hands it out."""
        return Score(self.value, self.label, self.model, confidence=self.confidence, flags=self.flags)


def verdict(clean: Clean, probabilities: tuple[float, float, float], model: str) -> HeadlineVerdict:
    """Of a title that reads as `clean`: what cannot be trusted is neutral, whatever the model said."""
    if clean.hostile or not clean.text:
        return HeadlineVerdict(0.0, "neutral", 0.0, probabilities, clean.flags, clean.text, model)
    confidence = max(probabilities)
    label = LABELS[probabilities.index(confidence)]
    value = probabilities[2] - probabilities[0]
    return HeadlineVerdict(value, label, confidence, probabilities, clean.flags, clean.text, model)
