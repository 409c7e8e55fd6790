"""Feeds whose addresses hold a secret in every place, from a server that repeats it wherever a publisher could."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.fakes.web_server import Answer, Received, serving

SECRET = "Hush0hush1Hush2"
_FEED = """<rss version='2.0'><channel><title>Of {url}</title><link>{url}</link>
<item><title>Bitcoin rises in {name}</title><link>{name}</link><guid isPermaLink='false'>{url}#1</guid></item>
<item><title>Bitcoin falls in {name}</title><link>?page=1&amp;t={secret}</link><guid>{name}/2</guid></item>
</channel></rss>"""
PATHS = (
    f"/query?auth_token={SECRET}",
    f"/other?x={SECRET}&q=btc",
    f"/path/{SECRET}/rss",
    f"/bot12345:{SECRET}/rss",
    f"/gone?t={SECRET}",
    f"/page/{SECRET}",
    f"/moved?t={SECRET}",
    f"/lost?t={SECRET}",
    f"/odd/{SECRET}",
)
WHOLE = 6
"""How many of them can be read."""


@contextmanager
def secret_feeds() -> Iterator[list[str]]:
    """Their addresses."""
    with serving() as web:

        def answer(received: Received) -> Answer:
            url, name = f"{web.url}{received.target}".replace("&", "&amp;"), received.target[1:4]
            if name == "gon":
                return Answer(429, SECRET, {"Retry-After": "1"})
            if name in ("mov", "los"):
                target = f"/{'target' if name == 'mov' else 'gone'}/{SECRET}/?token={SECRET}"
                return Answer(302, headers={"Location": target})
            if name == "pag":
                return Answer(body=f"<html>{SECRET}")
            odd = {"bad header": SECRET} if name == "odd" else {}
            return Answer(body=_FEED.format(url=url, name=name, secret=SECRET), headers=odd)

        moved = [f"/target/{SECRET}/?token={SECRET}", f"/gone/{SECRET}/?token={SECRET}"]
        web.routes = dict.fromkeys([*PATHS, *moved], answer)
        yield [f"{web.url}{path}" for path in PATHS]
