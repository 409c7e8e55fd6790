"""From a feed's bytes, in whatever charset, to text in which every character is one that XML may hold."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import suppress

_BY_FIRST_BYTES = (
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_SUPERSETS = {"gb2312": "gb18030"}  # who declares the old set uses characters of the new one
_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}\bencoding\s*=\s*["']([^"']{1,40})["']""")
_DECLARATION = re.compile(r"\A\s*<\?xml\b[^>]*>")
_REFERENCE = re.compile(r"&(?:amp;)?#(?:[xX]([0-9a-fA-F]++)|([0-9]++));?")
_NO_CHARACTER = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def text_of_document(body: bytes, charset: str) -> str:
    r"""The document without its XML declaration. `charset` is the server's word for it, empty for none. Never raises.

    >>> text_of_document(b"<?xml version='1.0' encoding='hex'?><a>Caf\xe9 &#55357;&#56960;&#x110000;&#8;</a>", "")
    '<a>Café 🚀</a>'
    """
    text = _DECLARATION.sub("", _decoded(body, charset).lstrip("\ufeff"))
    return _NO_CHARACTER.sub("", _with_possible_references(text))


def _decoded(body: bytes, charset: str) -> str:
    """UTF-8 wherever it fits, for wrong declarations are common, and bytes that look like UTF-8 by chance are not. A
    few broken bytes in it cost those characters only; halves of UTF-16 pairs, as some write them in UTF-8, are left in.
    """
    for first, wide in _BY_FIRST_BYTES:
        if body.startswith(first):
            return body.decode(wide, errors="ignore")
    with suppress(UnicodeDecodeError):
        return body.decode("utf-8", errors="surrogatepass")
    text = body.decode("utf-8", errors="ignore")
    letters = len(text) - len(text.encode("ascii", errors="ignore"))
    broken = len(body) - len(text.encode())
    if letters > 10 * broken:
        return text
    return next(_as_declared(body, charset), None) or body.decode("windows-1252", errors="replace")


def _as_declared(body: bytes, charset: str) -> Iterator[str]:
    """The text by each declared charset in which it can be read; many a codec of Python is no charset at all."""
    declared = _ENCODING.search(body[:400])
    for name in (charset, declared[1].decode("latin-1") if declared else ""):
        with suppress(LookupError, ValueError):
            if name and _shows_markup(name):
                yield body.decode(_SUPERSETS.get(name.lower(), name))


def _shows_markup(charset: str) -> bool:
    """Whether text holds no more markup than is counted in its bytes (see weight.py): UTF-7 and escapes would hide it,
    and Arabic sets of the Macintosh have a second `<`.

    >>> [_shows_markup(name) for name in ("windows-1251", "shift_jis_2004", "utf-7", "unicode_escape", "mac_arabic")]
    [True, True, False, False, False]
    """
    sample = b'<a b="c">&amp;+ADw-\\x3c\\u003c\n'
    plain = sample.decode(charset).replace("\xa5", "\\")  # yen signs of Japanese sets
    others = bytes(range(128, 256)).decode(charset, errors="ignore")
    return plain == sample.decode("ascii") and not any(character.isascii() for character in others)


def _with_possible_references(text: str) -> str:
    """Halves of UTF-16 pairs written as two references become the character that they mean; a half alone, and a number
    that is no character, nothing: at those feedparser would give the whole feed up.
    """
    replaced = _REFERENCE.sub(_character, text)
    with suppress(UnicodeEncodeError):
        replaced.encode()
        return replaced
    return replaced.encode("utf-16-le", errors="surrogatepass").decode("utf-16-le", errors="ignore")


def _character(reference: re.Match[str]) -> str:
    digits = (reference[1] or reference[2]).lstrip("0")
    number = int(digits or "0", 16 if reference[1] else 10) if len(digits) < 8 else sys.maxunicode + 1
    if 0xD800 <= number <= 0xDFFF:
        return chr(number)
    return "" if number > sys.maxunicode or _NO_CHARACTER.match(chr(number)) else reference[0]
