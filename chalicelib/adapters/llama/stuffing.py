"""Words that are piled up for their weight: one repeated, or words of tone one after another without a sentence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_SAME_WORD = 5
_IN_A_ROW = 3
_REPEATS = 5
_WINDOW = 5
_TONED = 4
"""Occurrences of one word, in a row, repetitions over all words, and words of tone among so many neighbours: no
headline of the development data has as many."""

_JOINING = frozenset({"and", "or", "plus"})
_SENTENCE = frozenset(
    ("after", "amid", "as", "at", "before", "by", "for", "from", "in", "of", "on", "past", "to", "with")
)
"""Words that make a sentence of words of tone: "record high on strong growth" is no pile."""

_TONE = re.compile(
    r"(?:soar|surg|rall(?:y|ied|ies)|rocket|skyrocket|moon|boom|bull|gain|jump|climb|spike|pump|record|best|great|good|lambo|"
    r"wagmi|pamp|amazing|excellent|fantastic|wonderful|awesome|brilliant|superb|incredible|happy|love|joy|profit|success|strong|"
    r"growth|grow|rise|rising|beat|boost|breakthrough|positive|optimis|adopt|approv|partner|launch|upgrad|crash|plung|plumm|"
    r"tumbl|slump|slid|drop|fall|fell|sink|sank|dump|bear|loss|lose|lost|hack|scam|fraud|exploit|stolen|steal|theft|lawsuit|"
    r"bankrupt|insolv|collaps|fear|panic|crisis|disaster|terribl|horribl|awful|worst|negative|fail|weak|worr|rekt|ngmi|warn|"
    r"prison|jail|sell|selloff|liquidat|default|delist|halt|dead|death|doom)\w{0,5}$"
    r"|(?:ath|bad(?:ly)?|ban(?:s|ned)?|buy(?:s|ing)?|down|fine[ds]?|high(?:s|er|est)?|rug(?:s|ged)?|sue[ds]?|up|win(?:s|ning)?|won)$"
)
"""Stems with up to five letters more, and words that are the beginning of too many others ("ban" of "bank")."""


def unstuffed(text: str) -> tuple[str, bool]:
    """The text and False, or what is left once the pile is taken out and True.

    >>> unstuffed("Exchange hacked soars soars soars soars")
    ('Exchange hacked soars', True)
    >>> unstuffed("Exchange hacked again, says police record gain profit surge")
    ('Exchange hacked again, says police', True)
    >>> unstuffed("Bitcoin surges to record high")
    ('Bitcoin surges to record high', False)
    """
    words = text.split()
    keys = ["".join(filter(str.isalnum, word)).casefold() for word in words]
    kept = _without_piles(keys) if _is_repeated(keys) else list(range(len(words)))
    toned = _runs_of_tone([keys[index] for index in kept])
    left = [words[index] for place, index in enumerate(kept) if place not in toned]
    return (text, False) if len(left) == len(words) else (" ".join(left), True)


def _is_repeated(keys: Sequence[str]) -> bool:
    long = [key for key in keys if len(key) > 3]
    counts = Counter(long)
    in_a_row = any(len(set(keys[i : i + _IN_A_ROW])) == 1 < len(keys[i]) for i in range(len(keys) - _IN_A_ROW + 1))
    repeated, commonest = len(long) - len(counts), max(counts.values(), default=0)
    piled = repeated >= max(_REPEATS, len(long) / 3) or commonest >= max(_SAME_WORD, len(long) / 4)
    return in_a_row or piled


def _without_piles(keys: Sequence[str]) -> list[int]:
    """The first place of each word."""
    first = {key: index for index, key in reversed(list(enumerate(keys)))}
    return sorted(first.values())


def _runs_of_tone(keys: Sequence[str]) -> set[int]:
    """Places of words of tone that stand in a window full of them."""
    places = [index for index, key in enumerate(keys) if key not in _JOINING]
    found: set[int] = set()
    for start in range(len(places) - _WINDOW + 1):
        near = places[start : start + _WINDOW]
        window = [index for index in near if _TONE.match(keys[index])]
        if len(window) >= _TONED and not any(keys[index] in _SENTENCE for index in near):
            found.update(window)
    return found
