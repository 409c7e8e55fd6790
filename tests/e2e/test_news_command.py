"""trader news, as a user runs it: over feed files, a loopback server and the store of a run."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.e2e.commands import start, trader
from tests.fakes.web_server import Answer, Received, serving
from tests.support.models import require_models

HEAD = "<rss version='2.0'><channel><title>Desk</title>"
TAIL = "</channel></rss>"


def feed(*titles: str, day: int = 1) -> str:
    items = (
        f"<item><title>{title}</title><link>https://desk.example/{title.replace(' ', '-')}</link>"
        f"<pubDate>{day + number:02d} Jan 2025 00:00:00 GMT</pubDate></item>"
        for number, title in enumerate(titles)
    )
    return HEAD + "".join(items) + TAIL


def news(home: Path, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    return trader("news", *arguments, home=home, cwd=home, code=code)


def test_without_any_run_there_is_an_empty_list_and_a_way_to_news(tmp_path: Path) -> None:
    done = news(tmp_path, "--json")
    assert json.loads(done.stdout) == []
    assert "trader paper run" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_feeds_are_merged_newest_first_without_duplicates(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(feed("Bitcoin soars", "Ether crashes"))
    (tmp_path / "b.xml").write_text(feed("BITCOIN soars!", "Nothing", "Late", day=2))
    done = news(tmp_path, "--json", "-k", "3", "--feed", "a.xml", "--feed", (tmp_path / "b.xml").as_uri())
    rows = json.loads(done.stdout)
    assert [row["title"] for row in rows] == ["Late", "Nothing", "Ether crashes"]
    assert list(rows[0]) == ["published_ms", "fetched_ms", "source", "title", "url", "score"]
    assert rows[2]["score"] < 0.0
    assert rows[2]["published_ms"] == 1_735_776_000_000
    assert not (tmp_path / "runs").exists()


def test_in_a_pipe_headlines_are_tab_separated_lines(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(feed("Bitcoin\tsoars"))
    lines = news(tmp_path, "--feed", "a.xml").stdout.splitlines()
    assert lines[0].split("\t") == ["published", "score", "source", "title", "url"]
    assert lines[1].split("\t")[3] == "Bitcoin soars"


def test_a_broken_feed_beside_a_good_one_is_a_line_on_stderr(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(feed("Bitcoin soars"))
    done = news(tmp_path, "--json", "--feed", "absent.xml", "--feed", "a.xml")
    assert len(json.loads(done.stdout)) == 1
    assert done.stderr.splitlines() == ["trader: feed absent.xml: No such file or directory"]


@pytest.mark.parametrize(
    "name", ["absent.xml", "http://127.0.0.1:1/feed", "ftp://a.example/x", "http://[bad", "page.html"]
)
def test_nothing_but_broken_feeds_is_a_failure_in_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "page.html").write_text("<html><body>no feed</body></html>")
    done = news(tmp_path, "--feed", name, code=1)
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith(f"trader: feed {name}: ")


def test_wrong_usage_is_exit_code_two(tmp_path: Path) -> None:
    news(tmp_path, "-k", "0", code=2)


def test_the_headlines_of_a_run_are_listed_with_their_scores(tmp_path: Path) -> None:
    trader("paper", "run", "--ticks", "300", "--speed", "max", home=tmp_path, cwd=tmp_path)
    rows = json.loads(news(tmp_path, "--json", "-k", "5").stdout)
    assert len(rows) == 5
    assert all(-1.0 <= row["score"] <= 1.0 for row in rows)
    assert [row["published_ms"] for row in rows] == sorted((row["published_ms"] for row in rows), reverse=True)


class Flaky(ThreadingHTTPServer):
    """Serves `titles` as a feed, newest last, and cuts every second connection."""

    titles: list[str]
    asked: int = 0


@pytest.fixture
def server() -> Iterator[Flaky]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert isinstance(self.server, Flaky)
            self.server.asked += 1
            body = feed(*self.server.titles).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:40] if self.server.asked % 2 == 0 else body)

        def log_message(self, *_: object) -> None:
            pass

    with Flaky(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = False
        server.titles = ["One"]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_watch_waits_for_a_feed_that_does_not_answer_yet(tmp_path: Path, server: Flaky) -> None:
    server.asked = 1  # the next connection is cut
    url = f"http://127.0.0.1:{server.server_address[1]}/feed"
    with start("news", "--watch", "--every", "0.05", "--json", "--feed", url, home=tmp_path) as watch:
        assert watch.stdout is not None
        assert json.loads(watch.stdout.readline())["title"] == "One"
        watch.terminate()
        _, complaints = watch.communicate(timeout=10)
    assert f"trader: feed {url}: the answer broke off or is garbled" in complaints.splitlines()


def test_watch_prints_each_new_headline_once_through_cut_connections(tmp_path: Path, server: Flaky) -> None:
    url = f"http://127.0.0.1:{server.server_address[1]}/feed"
    with start("news", "--watch", "--every", "0.05", "--json", "--feed", url, home=tmp_path) as watch:
        assert watch.stdout is not None
        titles = [json.loads(watch.stdout.readline())["title"]]
        for title in ("Two", "Three", "Four"):
            server.titles = [*server.titles, title]
            titles.append(json.loads(watch.stdout.readline())["title"])
        asked = server.asked
        while server.asked < asked + 4:
            time.sleep(0.01)
        watch.terminate()
        rest, complaints = watch.communicate(timeout=10)
    assert titles == ["One", "Two", "Three", "Four"]
    assert rest == ""
    assert set(complaints.splitlines()) == {f"trader: feed {url}: the answer broke off or is garbled"}


def test_watch_leaves_a_feed_alone_that_asks_for_it_and_goes_on_with_the_other(tmp_path: Path) -> None:
    asked: list[str] = []

    def busy(received: Received) -> Answer:
        asked.append(received.target)
        return Answer(429, headers={"Retry-After": "900"})

    with serving() as web:
        web.routes = {"/busy": busy}
        web.otherwise = Answer(body=feed("One"))
        feeds = ("--feed", f"{web.url}/busy", "--feed", f"{web.url}/calm")
        with start("news", "--watch", "--every", "0.05", "--json", *feeds, home=tmp_path) as watch:
            while len(web.received) < 5:
                time.sleep(0.01)
            watch.terminate()
            _, complaints = watch.communicate(timeout=10)
    assert len(asked) == 1
    assert complaints.splitlines() == [f"trader: feed {web.url}/busy: answered 429"]


def test_stored_headlines_take_no_analyzer(tmp_path: Path) -> None:
    assert "--analyzer is for --feed" in news(tmp_path, "--analyzer", "llama", code=2).stderr


def test_the_language_models_score_a_feed_when_they_are_asked_for(tmp_path: Path) -> None:
    require_models()
    (tmp_path / "a.xml").write_text(feed("Exchange hacked, millions stolen"))
    (words,) = json.loads(news(tmp_path, "--json", "--feed", "a.xml").stdout)
    (models,) = json.loads(news(tmp_path, "--json", "--feed", "a.xml", "--analyzer", "llama").stdout)
    assert models["score"] < -0.5
    assert models["score"] != words["score"]
