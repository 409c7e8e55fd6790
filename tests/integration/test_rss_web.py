"""Feeds over HTTP from a loopback server that misbehaves in every way we could think of."""

from __future__ import annotations

import gzip
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from email.utils import formatdate
from typing import Protocol

import pytest

from chalicelib.adapters.rss import DocumentLimits, RssSource
from chalicelib.domain import DAY_MS, FeedHealth, FeedState
from chalicelib.errors import BadInput, TraderError, Unavailable
from chalicelib.services.feed_health import after_failure
from tests.shared_data import shared

NOW_MS = 1_760_000_000_000
LIMITS = DocumentLimits(size_bytes=200_000, total_s=1.0, silence_s=0.4)
FEED = b"<rss version='2.0'><channel><title>Desk</title><item><title>One</title><link>/1</link></item></channel></rss>"


class Out(Protocol):
    def write(self, data: bytes, /) -> int: ...


Answer = Callable[[Out, Message], None]


@dataclass
class Site:
    """What a server answers by path, and the headers of what it was asked."""

    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, Message]] = field(default_factory=list)
    url: str = ""

    def serve(self, path: str, body: bytes, status: str = "200 OK", **headers: str) -> str:
        """Answer this path with a whole response; its address."""
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        return self.act(path, lambda out, _: write(out, ("\r\n".join(lines) + "\r\n\r\n").encode(), body))

    def act(self, path: str, answer: Answer) -> str:
        self.answers[path] = answer
        return self.url + path


def write(out: Out, *parts: bytes) -> None:
    for part in parts:
        out.write(part)


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            path = self.rfile.readline().split()[1].decode("latin-1")
            headers = BytesParser().parsebytes(b"".join(iter(self.rfile.readline, b"\r\n")), headersonly=True)
            site.asked.append((path, headers))
            with suppress(OSError):  # the client cuts what it does not want
                site.answers[path](self.wfile, headers)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = False
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as server:
        site.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield site
        server.shutdown()
        thread.join()


def titles(url: str, state: FeedState | None = None) -> list[str]:
    return [item.title for item in RssSource(LIMITS).fetch(url, state or FeedState(), NOW_MS).items]


def refusal(url: str) -> TraderError:
    """The error of fetching, which is one line, names the feed and comes in time."""
    started = time.monotonic()
    with pytest.raises(TraderError) as caught:
        titles(url)
    assert time.monotonic() - started < LIMITS.total_s + 1.0
    assert url in str(caught.value)
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_feed_is_read_and_its_relative_links_resolved(site: Site) -> None:
    page = RssSource(LIMITS).fetch(site.serve("/feed", FEED), FeedState(), NOW_MS)
    (item,) = page.items
    assert (item.title, item.source, item.url) == ("One", "Desk", f"{site.url}/1")


def test_what_did_not_change_is_not_sent_again(site: Site) -> None:
    url = site.serve("/feed", FEED, ETag='W/"7"', Last_Modified="Wed, 08 Oct 2025 12:00:00 GMT")
    state = RssSource(LIMITS).fetch(url, FeedState(), NOW_MS).state
    assert state == FeedState('W/"7"', "Wed, 08 Oct 2025 12:00:00 GMT")
    site.act("/feed", lambda out, _: write(out, b"HTTP/1.1 304 Not Modified\r\n\r\n"))
    page = RssSource(LIMITS).fetch(url, state, NOW_MS)
    assert (page.items, page.state) == ((), state)
    _, asked = site.asked[-1]
    assert (asked["If-None-Match"], asked["If-Modified-Since"]) == (state.etag, state.last_modified)


def test_a_feed_that_broke_off_gives_its_items_and_is_asked_for_whole_again(site: Site) -> None:
    url = site.serve("/feed", FEED.removesuffix(b"</channel></rss>"), ETag='"7"')
    page = RssSource(LIMITS).fetch(url, FeedState(), NOW_MS)
    assert [item.title for item in page.items] == ["One"]
    assert page.state == FeedState()


def test_compressed_feeds_are_read(site: Site) -> None:
    assert titles(site.serve("/feed", gzip.compress(FEED), Content_Encoding="gzip")) == ["One"]


def test_the_server_s_charset_counts_where_the_text_is_not_utf8(site: Site) -> None:
    feed = FEED.replace(b"One", "Жар".encode("koi8-r"))
    assert titles(site.serve("/feed", feed, Content_Type="text/xml; charset=koi8-r")) == ["Жар"]


def test_redirects_are_followed(site: Site) -> None:
    site.serve("/c", FEED)
    site.serve("/b", b"moved", "301 Moved", Location="c")
    assert titles(site.serve("/a", b"", "302 Found", Location=f"{site.url}/b")) == ["One"]


def test_a_redirect_loop_ends(site: Site) -> None:
    error = refusal(site.serve("/a", b"", "302 Found", Location="/a"))
    assert isinstance(error, Unavailable)
    assert len(site.asked) == LIMITS.redirects + 1


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "javascript:alert(1)", "gopher://x"])
def test_a_redirect_leads_nowhere_but_to_the_web(site: Site, target: str) -> None:
    assert isinstance(refusal(site.serve("/a", b"", "302 Found", Location=target)), BadInput)


@pytest.mark.parametrize("status", ["404 Not Found", "403 Forbidden", "500 Oops", "204 No Content", "302 Found"])
def test_another_answer_than_ok_is_unavailable(site: Site, status: str) -> None:
    assert isinstance(refusal(site.serve("/a", b"", status)), Unavailable)


def test_a_feed_may_ask_to_be_left_alone(site: Site) -> None:
    error = refusal(site.serve("/a", b"", "429 Slow down", Retry_After="120"))
    assert isinstance(error, Unavailable)
    assert error.retry_after_s == 120.0


def test_a_feed_may_ask_for_longer_than_any_number_tells(site: Site) -> None:
    for asked in ("99999999999", "9" * 400):
        error = refusal(site.serve("/a", b"", "429 Slow down", Retry_After=asked))
        assert isinstance(error, Unavailable)
        assert after_failure(FeedHealth(), "", error, 0).silent_until_ms == DAY_MS


def test_a_feed_may_name_the_date_until_which_it_is_to_be_left_alone(site: Site) -> None:
    error = refusal(site.serve("/a", b"", "503 Busy", Retry_After=formatdate(NOW_MS / 1000 + 900, usegmt=True)))
    assert isinstance(error, Unavailable)
    assert error.retry_after_s == 900.0


def wanting(site: Site, path: str, header: str, value: str, otherwise: str) -> str:
    """A feed for who shows the header; others are led away."""

    def answer(out: Out, headers: Message) -> None:
        if value in (headers[header] or ""):
            write(out, b"HTTP/1.1 200 OK\r\n\r\n", FEED)
        else:
            write(out, f"HTTP/1.1 302 Found\r\nLocation: {otherwise}\r\nContent-Length: 0\r\n\r\n".encode())

    return site.act(path, answer)


def test_a_cookie_is_kept_between_the_hops_of_one_fetch(site: Site) -> None:
    site.serve("/check", b"", "302 Found", Location="/feed", Set_Cookie="seen=1; Path=/")
    url = wanting(site, "/feed", "Cookie", "seen=1", "/check")
    assert titles(url) == ["One"]
    assert titles(url) == ["One"]
    assert [path for path, _ in site.asked] == ["/feed", "/check", "/feed"] * 2


def test_a_cookie_stays_with_its_host_and_path(site: Site) -> None:
    other = site.url.replace("127.0.0.1", "localhost")
    site.serve("/a/feed", b"", "302 Found", Location=f"{other}/b", Set_Cookie="seen=1; Path=/a")
    site.serve("/b", b"", "302 Found", Location=f"{site.url}/c")
    site.serve("/c", FEED)
    assert titles(f"{site.url}/a/feed") == ["One"]
    assert [headers["Cookie"] for _, headers in site.asked] == [None, None, None]


def test_user_and_password_are_for_their_own_host_alone(site: Site) -> None:
    other = site.url.replace("127.0.0.1", "localhost")
    site.serve("/a", b"", "302 Found", Location=f"{site.url}/b")
    site.serve("/b", b"", "302 Found", Location=f"{other}/c")
    site.serve("/c", FEED)
    assert titles(f"{site.url}/a".replace("http://", "http://me:hush@")) == ["One"]
    assert [bool(headers["Authorization"]) for _, headers in site.asked] == [True, True, False]


def test_a_web_page_is_no_feed(site: Site) -> None:
    assert isinstance(refusal(site.serve("/a", shared("rss/nfp_notafeed.html").read_bytes())), BadInput)


def test_a_body_beyond_the_limit_is_refused(site: Site) -> None:
    assert isinstance(refusal(site.serve("/a", FEED + b" " * 300_000)), BadInput)


def test_a_compression_bomb_is_refused(site: Site) -> None:
    bomb = gzip.compress(b" " * 100_000_000, compresslevel=1)
    assert isinstance(refusal(site.serve("/a", bomb, Content_Encoding="gzip")), BadInput)


def endless(head: bytes, unit: bytes, pause_s: float) -> Answer:
    def answer(out: Out, _: Message) -> None:
        write(out, head)
        while True:
            write(out, unit)
            time.sleep(pause_s)

    return answer


def test_an_endless_body_is_refused(site: Site) -> None:
    assert isinstance(refusal(site.act("/a", endless(b"HTTP/1.1 200 OK\r\n\r\n", b"<item>" * 999, 0.0))), BadInput)


def test_an_endless_redirect_body_is_not_read(site: Site) -> None:
    site.serve("/b", FEED)
    head = f"HTTP/1.1 302 Found\r\nLocation: {site.url}/b\r\n\r\n".encode()
    assert titles(site.act("/a", endless(head, b"x" * 9999, 0.0))) == ["One"]


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: /b\r\nX: ",
    ],
)
def test_a_slow_drip_ends_with_the_total_time(site: Site, head: bytes) -> None:
    error = refusal(site.act("/a", endless(head, b"1", 0.05)))
    assert isinstance(error, Unavailable)
    assert "longer than 1 s" in str(error)


def test_silence_is_unavailable(site: Site) -> None:
    assert isinstance(refusal(site.act("/a", lambda *_: time.sleep(0.8))), Unavailable)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n<rss>",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://[bad\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://\xff\xfe\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_a_broken_answer_is_explained(site: Site, sent: bytes) -> None:
    refusal(site.act("/a", lambda out, _: write(out, sent)))


def test_no_server_is_unavailable() -> None:
    error = refusal("http://127.0.0.1:1/feed")
    assert isinstance(error, Unavailable)
    assert "refused" in str(error)


@pytest.mark.parametrize("url", ["http://", "http://[bad", "http://a b/", "http://127.0.0.1:99999/", "https://.x"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    assert isinstance(refusal(url), BadInput)


def test_a_password_in_an_address_is_not_repeated() -> None:
    with pytest.raises(Unavailable) as caught:
        titles("http://me:secret@127.0.0.1:1/feed")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "link",
    ["/1", "//me:hush@other.example/1", "?id=1&auth_token=hush", "/1?key=hush%21&id=1", "/1?other=hush%21#top"],
)
def test_a_key_that_the_feed_is_asked_with_is_in_no_item(site: Site, link: str) -> None:
    body = FEED.replace(b"/1</link>", f"{link}</link>".replace("&", "&amp;").encode())
    asked = site.serve("/feed?q=btc&api_key=hush%21&auth_token=hush", body).replace("http://", "http://me:hush@")
    (item,) = RssSource(LIMITS).fetch(asked, FeedState(), NOW_MS).items
    assert "hush" not in f"{item}"
    assert item.url.startswith("http://")


@pytest.mark.parametrize(
    "secret",
    [
        "http://me:hush@{host}/no",
        "http://{host}/no?auth_token=hush",
        "http://{host}/no?q=btc&apikey=hush",
        "http://{host}/no?X-Amz-Signature=hush",
        "http://{host}/no/0a1b2c3d4e5f60718293hush",
    ],
)
def test_a_key_that_the_feed_is_asked_with_is_in_no_error(site: Site, secret: str) -> None:
    feed = secret.format(host=site.url.removeprefix("http://"))
    site.serve(feed.partition(site.url.removeprefix("http://"))[2], b"no", "404 Not Found")
    with pytest.raises(Unavailable, match="404") as caught:
        RssSource(LIMITS).fetch(feed, FeedState(), NOW_MS)
    assert "hush" not in str(caught.value)


def test_no_library_logs_the_address(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    head = b"HTTP/1.1 200 OK\r\nno header\r\n\r\n"
    assert titles(site.act("/feed/hush0hush0hush?t=hush-hush", lambda out, _: write(out, head, FEED))) == ["One"]
    assert "hush" not in caplog.text


def test_a_redirect_s_key_is_in_no_error(site: Site) -> None:
    site.serve("/r", b"", "302 Found", Location="ftp://me:hush@host/x?token=hush")
    with pytest.raises(BadInput, match="redirects to ftp") as caught:
        RssSource(LIMITS).fetch(site.url + "/r", FeedState(), NOW_MS)
    assert "hush" not in str(caught.value)
