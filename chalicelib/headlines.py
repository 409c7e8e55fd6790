"""What makes a headline: plain text, the keys that tell two of them apart, and the symbols they speak of.

Pure and beside the domain, because the feed adapter, the stores and the use cases must agree on it.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import sha256
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from chalicelib.domain import NewsItem

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
    r"(utm_|at_|ns_|mc_|hsa_|pk_|mtm_|_hs)\w*|\w{0,3}clid|gclsrc|igshid|cmpid?|ref_src|ref_url|smid|spm|s?rnd|ftag|taid",
    re.IGNORECASE,
)
_NEGATIVE = re.compile(r"(?<!\w)[-\u2212\u2013](?=\d)")
_APOSTROPHES = dict.fromkeys(map(ord, "'\u2019\u2018\u02bc`"))


class _Kept(dict[int, str]):
    """For str.translate: letters, digits, marks and NUL as they are, a space for anything else, found out once each."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        kept = character if code == 0 or unicodedata.category(character)[0] in "LNM" else " "
        self[code] = kept
        return kept


_KEPT = _Kept()
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
    r"""The title as a key: letters, digits and negative signs only, case and typography apart.

    >>> normalised_title("Bitcoin\u2019s  price: \u201cDOWN\u201d -5.2%!")
    'bitcoins price down -5 2'
    """
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", title.replace("\0", " ")).casefold())
    text = _NEGATIVE.sub("\0", text.translate(_APOSTROPHES))
    return " ".join(text.translate(_KEPT).split()).replace("\0", "-")


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
    """The address as a key: https, lower-case host without www, no fragment, tracking parameters or trailing slash,
    parameters sorted, Google's redirect unwrapped. Empty for anything but http(s), and for a bare site, which many
    items may share. Never raises.

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
    path = quote(unquote(parts.path, errors="replace").rstrip("/"), safe="/:@!$&'()*+,;=~", errors="replace")
    if host == "google.com" and path == "/url":
        target = dict(query).get("url", "")
        return canonical_link(target) if "google.com/url" not in target else ""
    if ":" in host:
        host = f"[{host}]"  # an IPv6 address, which is read without its brackets
    if port not in (None, 80, 443):
        host = f"{host}:{port}"
    kept = sorted((name, value) for name, value in query if not _TRACKING.fullmatch(name))
    if not path and not kept:
        return ""
    return f"https://{host}{path}" + (f"?{urlencode(kept, errors='replace')}" if kept else "")


@lru_cache(maxsize=256)  # a store asks once to look the keys up and once to compare the items
def dedup_keys(item: NewsItem) -> tuple[str, ...]:
    """The keys under which an item is known; two items that share one are the same news. Distinct, never more than 3.

    A guid that is an address counts as a link; one that is unique by its form (tag:, urn:, UUID) stands alone; any
    other ("42") is unique only at its own site, so it is scoped by the link's host, else by the source.

    >>> dedup_keys(NewsItem(None, 0, "Desk", "Bitcoin falls", "https://desk.example/a/", "42"))
    ('guid:desk.example 42', 'link:https://desk.example/a', 'title:bitcoin falls')
    """
    link = canonical_link(item.url)
    guid = item.guid.strip()
    keys = []
    if guid:
        as_link = canonical_link(guid)
        scope = "" if _UNIQUE_GUID.match(guid) else _site(item)
        keys.append(f"link:{as_link}" if as_link else f"guid:{scope} {guid}")
    if link:
        keys.append(f"link:{link}")
    title = normalised_title(item.title) or item.title.strip()
    if title:
        keys.append(f"title:{title}")
    return tuple(dict.fromkeys(keys))


def unseen(items: Iterable[NewsItem], seen: set[str]) -> list[NewsItem]:
    """The items none of whose keys is in `seen`, in order; the keys of all of them are added to it."""
    fresh = []
    for item in items:
        keys = dedup_keys(item)
        if seen.isdisjoint(keys):
            fresh.append(item)
        seen.update(keys)
    return fresh


def match_symbols(title: str, keywords: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The symbols of which the title has a keyword, in the mapping's order. Keywords match whole words and phrases,
    whatever their case.

    >>> words = {"BTCUSDT": ("btc", "bitcoin"), "ETHUSDT": ("eth", "ethereum"), "BNBUSDT": ("binance coin",)}
    >>> match_symbols("Why $BTC and Binance  Coin need a new method", words)
    ('BTCUSDT', 'BNBUSDT')
    """
    return tuple(symbol for symbol, words in keywords.items() if (found := _pattern(words)) and found.search(title))


@lru_cache(maxsize=1024)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str] | None:
    phrases = [r"[\s-]+".join(map(re.escape, word.split())) for word in words if word.strip()]
    if not phrases:
        return None
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(phrases)})(?![^\W_])", re.IGNORECASE)


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
