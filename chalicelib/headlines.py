"""What makes a headline: plain text, the keys that tell two of them apart, and the symbols they speak of.

Pure and beside the domain, because the feed adapter, the stores and the use cases must agree on it.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping
from hashlib import sha256
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from chalicelib.domain import NewsItem
from chalicelib.keywords import has_keyword
from chalicelib.publishers import without_publisher

REVISION = re.compile(r"\d{1,2}")
"""What follows the # of a guid that counts the revisions of one story, as the BBC's do."""
TITLE_LIMIT = 500
"""Characters of a title that are kept; the longest real headline in the development feeds has 190."""

_RAW_LIMIT = 10 * TITLE_LIMIT  # bounds the work on a hostile title before any pattern runs over it
_UNESCAPE_PASSES = 3  # feeds escape twice often, three times hardly ever
_HIDDEN = re.compile(r"<!--.*?-->|<(script|style)\b[^<>]*>.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
# A tag without attributes or with at least one name=value, so that "BTC <b and c> ETH" stays text.
_TAG = re.compile(r"</?([a-z][\w:-]*)\s*/?>|<([a-z][\w:-]*)\s[^<>=]*=[^<>]*>", re.IGNORECASE)
_CUT_TAG = re.compile(r"<(?:/?[a-z][\w:-]*(?:\s[^<>=]*=[^<>]*)?|!--.*)?$", re.IGNORECASE | re.DOTALL)
_BREAKING = frozenset({"br", "p", "div", "li", "ul", "ol", "tr", "td", "h1", "h2", "h3", "h4", "h5", "h6", "hr"})

_WWW = re.compile(r"^(www\.)+")
_TRACKING = re.compile(
    r"(utm_|at_|ns_|mc_|hsa_|pk_|mtm_|_hs)\w*|\w{0,3}clid|gclsrc|igshid|cmpid?|ref_src|ref_url|smid|spm|s?rnd|ftag|taid"
    r"|_|nocache|cache_?bust(er)?",
    re.IGNORECASE,
)
_VISIT = re.compile(r"(php|j|asp|cf)?sess(ion)?_?id\w*=.*|cf(id|token)=.*|s(id)?=[0-9a-f]{32}", re.IGNORECASE)
"""What a server puts into links to know its visitor again; it is another one at every fetch."""
_VISIT_IN_PATH = re.compile(r";[^/;]*sess(ion)?_?id=[^/;]*", re.IGNORECASE)
_NEGATIVE = re.compile(r"(?<!\w)[-\u2010\u2212\u2013](?=\d)")
_NEGATIVE_MONEY = re.compile(r"(?<!\w)[-\u2010\u2212\u2013]([$€£¥₹₩₽₿])(?=\d)")
_BARE_FRACTION = re.compile(r"(?<![\w.])\.(?=\d)")
_APOSTROPHES = dict.fromkeys(map(ord, "'\u2019\u2018\u02bc`"))


_DECORATION = frozenset("|¦®©\ufe0e\ufe0f🚨🔥⚡📢📣📰🗞👀⚠")
"""Symbols and marks that say nothing: separators, and what means no more than "look here"."""


class _Kept(dict[int, str]):
    """For str.translate: letters, digits, marks and NUL as they are, symbols (↑ < + $ 📉) as words of their own, a
    space for anything else. Found out once each.
    """

    def __missing__(self, code: int) -> str:
        self[code] = kept = self._kept(chr(code))
        return kept

    def _kept(self, character: str) -> str:
        if character in _DECORATION:
            return "" if unicodedata.category(character) == "Mn" else " "
        kind = unicodedata.category(character)
        if kind in ("Sm", "Sc", "So"):
            return f" {character} "
        return character if character == "\0" or kind[0] in "LNM" else " "


_KEPT = _Kept()
_BARE_SITE = re.compile(r"https?://[^/?]*/*", re.IGNORECASE)
_UNIQUE_GUID = re.compile(r"(tag:|urn:|https?://)|[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$", re.IGNORECASE)


def plain_text(raw: str, limit: int = TITLE_LIMIT) -> str:
    r"""One line of text without markup: tags, entities (escaped twice too), control, zero-width and bidi characters
    gone, white space collapsed, NFC, cut at `limit` characters. Never raises.

    >>> plain_text("  <b>Bitcoin</b> &amp;amp; Ether\u200b fall\n&lt;i&gt;5 %&lt;/i&gt; <img src='x'/>")
    'Bitcoin & Ether fall 5 %'
    >>> plain_text("Fear index < 20, ETH > 3k")
    'Fear index < 20, ETH > 3k'
    """
    text = raw
    if len(text) > _RAW_LIMIT:
        text = _CUT_TAG.sub("", text[:_RAW_LIMIT])
    for _ in range(_UNESCAPE_PASSES):
        bare = html.unescape(_without_tags(text))
        if bare == text:
            break
        text = bare
    text = _without_tags(text)
    if not text.isprintable():
        text = "".join(_visible(character) for character in text)
    text = unicodedata.normalize("NFC", " ".join(text.split()))
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def normalised_title(title: str) -> str:
    r"""The title as a key: letters, digits, symbols and negative signs, case and punctuation apart.

    >>> normalised_title("Bitcoin\u2019s  price: \u201cDOWN\u201d -5.2%!")
    'bitcoins price down -5 2'
    >>> normalised_title("ETF flows: -$500M 📉"), normalised_title("BTC>$60K")
    ('etf flows $ -500m 📉', 'btc > $ 60k')
    """
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", title.replace("\0", " ")).casefold())
    text = _BARE_FRACTION.sub("0.", text.translate(_APOSTROPHES))
    text = _NEGATIVE.sub("\0", _NEGATIVE_MONEY.sub(r"\1-", text))
    return " ".join(text.translate(_KEPT).split()).replace("\0", "-")


def words_of(title: str) -> str:
    """The title as a key without its symbols, as stores kept it before symbols counted.

    >>> words_of("BTC ↓ -5%"), words_of("🚀")
    ('btc -5', '🚀')
    """
    words = (word for word in normalised_title(title).split() if unicodedata.category(word[-1])[0] != "S")
    return " ".join(words) or title.strip()


def scored_form(title: str) -> str:
    """The title as it is scored and remembered: NFC, white space collapsed, cut at a length no headline has.

    What is read is the same whether a score is remembered or made anew, so no twin of a headline takes its score.

    >>> scored_form("  Bitcoin\\n falls ")
    'Bitcoin falls'
    """
    return " ".join(unicodedata.normalize("NFC", title[:_RAW_LIMIT]).split())


def score_key(model: str, title: str) -> str:
    """Under which a score is remembered: a hash of the model's name and the headline, in 64 hexadecimal digits."""
    return sha256(f"{model}\n{scored_form(title)}".encode(errors="surrogatepass")).hexdigest()


def canonical_link(url: str) -> str:
    """The address as a key: https, lower-case host without www, no fragment, session, tracking parameters or trailing
    slash, parameters sorted, Google's redirect unwrapped. Empty for anything but http(s), and for a bare site, which
    many items may share. Never raises.

    >>> canonical_link("HTTP://www.Example.com:80/a/?utm_source=rss&b=1#top")
    'https://example.com/a?b=1'
    >>> canonical_link("https://example.com/"), canonical_link("javascript:alert(1)")
    ('', '')
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
        query = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=200)
    except ValueError:
        return ""
    host = _WWW.sub("", host.rstrip("."))
    if parts.scheme not in ("http", "https") or not host:
        return ""
    bare_path = unquote(_VISIT_IN_PATH.sub("", parts.path), errors="replace")
    path = quote(bare_path.rstrip("/"), safe="/:@!$&'()*+,;=~", errors="replace")
    if host == "google.com" and path == "/url":
        target = dict(query).get("url", "")
        return canonical_link(target) if "google.com/url" not in target else ""
    if ":" in host:
        host = f"[{host}]"  # an IPv6 address, which is read without its brackets
    if port not in (None, 80, 443):
        host = f"{host}:{port}"
    kept = sorted(pair for pair in query if not (_TRACKING.fullmatch(pair[0]) or _VISIT.fullmatch("=".join(pair))))
    if not path and not kept:
        return ""
    return f"https://{host}{path}" + (f"?{urlencode(kept, errors='replace')}" if kept else "")


def guid_key(item: NewsItem) -> str:
    """The guid as a key, "" where there is none, or a bare site, which many items may share. A link that names a part
    of a page is a guid where there is no other.

    One that is an address counts as a link; what follows a # is part of it unless it counts revisions (#0). One that is
    unique by its form (tag:, urn:, UUID) stands alone; any other ("42") is unique only at its own site, so it is
    scoped by the link's host, else by the source.

    >>> guid_key(NewsItem(None, 0, "Desk", "Bitcoin falls", "", "https://desk.example/a#1"))
    'link:https://desk.example/a'
    >>> guid_key(NewsItem(None, 0, "Desk", "Bitcoin falls", "", "https://desk.example/notices#n101"))
    'guid: https://desk.example/notices#n101'
    """
    guid = item.guid.strip() or (item.url.strip() if "#" in item.url else "")
    address, _, part = guid.partition("#")
    as_link = canonical_link(address)
    if as_link and (not part or REVISION.fullmatch(part)):
        return f"link:{as_link}"
    if not guid or (not part and _BARE_SITE.fullmatch(guid)):
        return ""
    scope = "" if _UNIQUE_GUID.match(guid) else _site(item)
    return f"guid:{scope} {f'{as_link}#{part}' if as_link else guid}"


def link_key(item: NewsItem) -> str:
    """The link as a key, "" where it is none."""
    link = canonical_link(item.url)
    return f"link:{link}" if link else ""


def title_key(item: NewsItem) -> str:
    """The title as a key, without its publisher's name; "" of no title."""
    title, _ = without_publisher(item)
    return f"title:{normalised_title(title) or title.strip()}" if title.strip() else ""


def match_symbols(title: str, keywords: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The symbols of which the title has a keyword, in the mapping's order; `has_keyword` says when it has one.

    >>> words = {"BTCUSDT": ("btc", "bitcoin"), "ETHUSDT": ("eth", "ethereum"), "BNBUSDT": ("binance coin",)}
    >>> match_symbols("Why $BTC and Binance  Coin need a new method", words)
    ('BTCUSDT', 'BNBUSDT')
    """
    return tuple(symbol for symbol, words in keywords.items() if any(has_keyword(title, word) for word in words))


def _without_tags(text: str) -> str:
    if "<" not in text:
        return text
    text = _CDATA.sub(r"\1", _HIDDEN.sub(" ", text))
    return _TAG.sub(lambda tag: " " if (tag[1] or tag[2]).lower() in _BREAKING else "", text)


def _visible(character: str) -> str:
    if character.isspace():
        return " "
    return "" if unicodedata.category(character) in ("Cc", "Cf", "Cs") else character


def _site(item: NewsItem) -> str:
    try:
        host = urlsplit(item.url).hostname
    except ValueError:
        host = None
    return host or item.source
