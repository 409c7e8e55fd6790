"""Text that others wrote, made fit to be shown: no control character, escape sequence or bidi mark gets through."""

from __future__ import annotations

LONGEST_SHOWN = 300
"""Characters of foreign text in one message."""


def escaped(text: str) -> str:
    r"""The text on one line, with escapes for whatever does not print as itself.

    >>> escaped("a\n\x1b[31mb"), escaped("größer  漢")
    ('a\\n\\x1b[31mb', 'größer  漢')
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def printable(text: str, characters: int = LONGEST_SHOWN) -> str:
    r"""The text escaped, and cut to so many characters.

    >>> printable("a\nb"), printable("a long text", 6)
    ('a\\nb', 'a lon…')
    """
    line = escaped(text[: characters + 1])
    return line if len(line) <= characters else f"{line[: characters - 1]}…"


def one_line(text: str, characters: int = LONGEST_SHOWN) -> str:
    r"""The text as words of a message: white space collapsed, then as `printable`.

    >>> one_line("<html>\n  <b>Bad\x07 "), one_line("\t\n")
    ('<html> <b>Bad\\x07', '')
    """
    return printable(" ".join(text[: 20 * characters].split()), characters)
