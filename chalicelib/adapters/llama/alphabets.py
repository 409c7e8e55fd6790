"""Letters of other alphabets: look-alikes become the Latin letter that they imitate, real foreign words are left out.

The shipped models read English. A word of another script moves their states without meaning anything to them, so it is
not scored, and a look-alike ("Вitcoin" with a Cyrillic В) is nothing that an editor types.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

_PAIRS = (
    "АA ВB ЕE КK МM НH ОO РP СC ТT УY ХX ІI ЈJ ЅS ԌG ԜW ԚQ Ѵv "
    "аa вb еe кk мm нh оo рp сc тt уy хx іi јj ѕs ԁd ԛq ԝw һh ӏl ѵv ьb гr пn "
    "ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX ϹC αa βb εe ηn ιi κk νv οo ρp τt υu χx ωw γy ϲc "
    "ꓐB ꓑP ꓒd ꓓD ꓔT ꓖG ꓗK ꓙJ ꓚC ꓜZ ꓝF ꓠN ꓡL ꓢS ꓣR ꓦV ꓧH ꓪW ꓫX ꓬY ꓮA ꓰE ꓲI ꓳO ꓴU "
    "ɑa ɡg ı\u0069 ɩi ʟl ꜱs ᴀa ᴄc ᴅd ᴇe ᴊj ᴋk ᴍm ᴏo ᴘp ᴛt ᴜu ᴠv ᴡw ᴢz ʙb ɢg ʜh ɪi ɴn ʀr ʏy օo հh սu ոn"
)
_LOOK_ALIKES = str.maketrans({pair[0]: pair[1] for pair in _PAIRS.split()})
_LEET = re.compile(r"\b(?=[A-Za-z0134]*[A-Za-z][0134]+[a-z])[A-Za-z0134]{3,}\b")
_DIGIT_LETTERS = str.maketrans("0134", "oiea")
_PILED = re.compile(r"\^\^")
"""Two accents on one letter are decoration, and then all of them are."""
_PICTURES = frozenset({"So", "Sk", "Co", "Cn"})


class Latin(NamedTuple):
    """Words in Latin letters, and what was done to get them."""

    text: str
    flags: tuple[str, ...]


def latin_words(text: str) -> Latin:
    """The words of the text in Latin letters; numbers and ordinary signs as they are, emoji gone.

    >>> latin_words("Вitсoin falls 5%")
    Latin(text='Bitcoin falls 5%', flags=('confusable',))
    >>> latin_words("Bitcoin 暴跌 falls"), latin_words("Биткойн растёт")
    (Latin(text='Bitcoin falls', flags=('foreign',)), Latin(text='', flags=('foreign',)))
    """
    if text.isascii():
        return Latin(text, ())
    flags: dict[str, None] = {}
    words = _without_decoration(text, flags).split()
    if any(_foreign(character.translate(_LOOK_ALIKES)) for word in words for character in word):
        flags["foreign"] = None
    kept = [_word(word, flags) for word in words]
    return Latin(" ".join(word for word in kept if word), tuple(flags))


def unleeted(text: str, flags: dict[str, None]) -> str:
    """With letters in place of the digits that stand for them, where two words have some inside; one alone is a name.

    >>> unleeted("B1tc01n cr4sh3s 40%", {}), unleeted("a16z backs web3 firm Carry1st", {})
    ('Bitcoin crashes 40%', 'a16z backs web3 firm Carry1st')
    """
    if len(_LEET.findall(text)) < 2:
        return text
    flags["confusable"] = None
    return _LEET.sub(lambda word: word[0].translate(_DIGIT_LETTERS), text)


def _word(word: str, flags: dict[str, None]) -> str:
    """The word, or nothing of it that no Latin letter stands for.

    Beside truly foreign words, one wholly of other letters is foreign too: "рост" is Russian for growth, not "poct".
    """
    if word.isascii() or not any(map(_foreign, word)):
        return word
    mapped = word.translate(_LOOK_ALIKES)
    if not any(map(_foreign, mapped)) and ("foreign" not in flags or any(map(_is_latin, word))):
        flags["confusable"] = None
        return mapped
    return " ".join("".join(" " if _foreign(character) else character for character in word).split())


def _is_latin(character: str) -> bool:
    return character.isalpha() and not _foreign(character)


def _foreign(character: str) -> bool:
    return character.isalpha() and not unicodedata.name(character, "").startswith(("LATIN", "MODIFIER", "SUPERSCRIPT"))


def _without_decoration(text: str, flags: dict[str, None]) -> str:
    """Without emoji and other pictures, and without accents piled on a letter."""
    bare = unicodedata.normalize("NFD", text)
    if _PILED.search("".join("^" if unicodedata.category(character).startswith("M") else "." for character in bare)):
        flags["hidden"] = None
        bare = "".join(character for character in bare if not unicodedata.category(character).startswith("M"))
    pictures = (" " if unicodedata.category(character) in _PICTURES else character for character in bare)
    return unicodedata.normalize("NFC", "".join(pictures))
