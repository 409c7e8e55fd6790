"""Whether a text has a keyword: as a word of its own where words are set apart, anywhere where they are not."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from enum import Enum
from functools import lru_cache

AS_WRITTEN = "="
"""What a keyword begins with that counts only in the capitals and small letters it is written in."""

_Script = Enum("_Script", "SPACED UNSPACED KATAKANA HANGUL")
_SPACED, _UNSPACED, _KATAKANA, _HANGUL = _Script
_BLOCKS = (
    *((0, _SPACED), (0x0E00, _UNSPACED), (0x1100, _HANGUL), (0x1200, _SPACED), (0x1780, _UNSPACED), (0x1800, _SPACED)),
    *((0x2E80, _UNSPACED), (0x30A0, _KATAKANA), (0x3100, _UNSPACED), (0x3130, _HANGUL), (0x3190, _UNSPACED)),
    *((0x31F0, _KATAKANA), (0x3200, _UNSPACED), (0xA000, _SPACED), (0xA960, _HANGUL), (0xA980, _SPACED)),
    *((0xAC00, _HANGUL), (0xD800, _SPACED), (0xF900, _UNSPACED), (0xFB00, _SPACED), (0x20000, _UNSPACED)),
    (0xE0000, _SPACED),
)
"""Where runs of Unicode's blocks begin. Unspaced are Thai, Lao, Tibetan and Burmese, Khmer, Chinese and Hiragana."""
_ODD_WIDTH = re.compile(r"[\uff00-\uffef]+")
_STARTS = [start for start, _ in _BLOCKS]


def has_keyword(text: str, word: str) -> bool:
    """Whether the word or phrase stands in the text. Case counts only where the word begins with =.

    Words of spaced scripts stand alone: no letter or digit of such a script touches them. Next to Chinese, Japanese,
    Korean or Thai text every word stands alone; of those scripts themselves a Katakana word is no part of a longer one,
    a Korean one may take endings, and any other may stand anywhere.

    >>> [has_keyword(text, "btc") for text in ("$BTC", "BTC突破10万", "wBTC")]
    [True, True, False]
    >>> has_keyword("비트코인이 급락", "비트코인"), has_keyword("ビットコイン", "コイン"), has_keyword("near", "=NEAR")
    (True, False, False)
    """
    pattern = _pattern(word)
    plain = _of_usual_width(text)
    return pattern is not None and any(_stands_alone(plain, *found.span(1)) for found in pattern.finditer(plain))


@lru_cache(maxsize=4096)
def _pattern(word: str) -> re.Pattern[str] | None:
    is_as_written = word.startswith(AS_WRITTEN) and len(word.strip()) > 1
    parts = unicodedata.normalize("NFC", _of_usual_width(word[is_as_written:])).split()
    if not parts:
        return None
    phrase = r"[\s\u2010\u2011-]+".join(map(re.escape, parts))
    return re.compile(
        rf"(?=({phrase}))", re.NOFLAG if is_as_written else re.IGNORECASE
    )  # found where they overlap, too


def _of_usual_width(text: str) -> str:
    """Full-width letters and half-width Katakana as they are written elsewhere."""
    return text if text.isascii() else _ODD_WIDTH.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)


def _stands_alone(text: str, start: int, end: int) -> bool:
    before = start
    while before > 0 and unicodedata.category(text[before - 1]) in ("Mn", "Mc"):
        before -= 1
    edge = _script(text[start])
    if before and text[before - 1].isalnum() and _script(text[before - 1]) is edge is not _UNSPACED:
        return False
    if end == len(text):
        return True
    after = text[end]
    if unicodedata.category(after) in ("Mn", "Mc"):
        return after in "\ufe0e\ufe0f"  # how a symbol looks is no letter
    joins = _script(after) is _script(text[end - 1]) in (_SPACED, _KATAKANA)
    return not (after.isalnum() and joins)


def _script(character: str) -> _Script:
    return _BLOCKS[bisect_right(_STARTS, ord(character)) - 1][1]
