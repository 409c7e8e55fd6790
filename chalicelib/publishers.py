"""The name of a publisher at the end of a headline, as aggregators put it there: no part of what the headline says."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from chalicelib.domain import NewsItem

_ENDING = re.compile(r"(.*\S)(?:\s+[-\u2013\u2014|·]\s+|\s*[|\uff5c]\s*)(\S.{0,49})", re.DOTALL)
_TOP_LEVEL = re.compile(r"\.(com|co|org|net|io|uk|in)\b", re.IGNORECASE)
_AGGREGATORS = frozenset({"news.google.com", "google.com"})
"""Sites whose headlines all end with the publisher's name. An alert by Google leads to its articles by google.com."""

_NAMES = """
    abcnews alarabiya aljazeera ambcrypto ap apnews associatedpress axios bankless barrons bbc bbcnews beincrypto
    benzinga bitcoinist bitcoinmagazine blockworks bloomberg bnnbloomberg businessinsider businesswire cbsnews cnbc
    cnn cnnbusiness coincentral coindesk coinedition coingape coingecko coinjournal coinmarketcap coinpedia
    cointelegraph cryptobriefing cryptonews cryptopotato cryptoslate cryptotimes dailyhodl dailymail decrypt dlnews
    dowjones economictimes engadget euronews financemagnates financialpost financialtimes finbold forbes foxbusiness
    foxnews fxempire fxstreet globenewswire housetoday investing investopedia investorplace kitco livemint
    marketwatch moneycontrol morningstar motleyfool msn nbcnews newsbtc newyorkpost newyorktimes nikkei nikkeiasia
    npr politico prnewswire protos quartz qz reuters scmp seekingalpha semafor skynews southchinamorningpost
    techcrunch telegraph theassociatedpress theblock thecoinrepublic thedailyhodl thedefiant theeconomist
    theguardian thehill theinformation thenewyorktimes thestreet thetimes theverge thewallstreetjournal tipranks
    tradingview unchainedcrypto usatoday utoday wallstreetjournal washingtonpost watcherguru wired wsj yahoo
    yahoofinance yahoonews zacks zerohedge
"""
_KNOWN = frozenset(_NAMES.split())


def without_publisher(item: NewsItem) -> tuple[str, str]:
    """The title without the names of publishers at its end, and the last of them as letters and digits, "" for none.

    Names that are well known count, and in an aggregator's link one of any kind.

    >>> without_publisher(NewsItem(None, 0, "Desk", "Bitcoin falls - CoinDesk | Yahoo Finance", ""))
    ('Bitcoin falls', 'yahoofinance')
    >>> without_publisher(NewsItem(None, 0, "Desk", "Market report - Bitcoin", "https://a.example/2"))
    ('Market report - Bitcoin', '')
    """
    title, publisher = item.title, ""
    while found := _ENDING.fullmatch(title):
        name = _letters(found[2])
        if name not in _KNOWN and (publisher or not name or host_of(item) not in _AGGREGATORS):
            break
        title, publisher = found[1], publisher or name
    return title, publisher


def host_of(item: NewsItem) -> str:
    """The site of the item's link in small letters without www., "" without one."""
    try:
        return (urlsplit(item.url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, _TOP_LEVEL.sub("", name))).casefold()
