"""What a feed's address hides stands nowhere: in no output, log, store or run, whatever the feed does."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.commands import trader
from tests.e2e.exchange import generated, record_of, running, simulated_exchange, write_config
from tests.support.secret_feeds import SECRET, WHOLE, secret_feeds


def test_a_run_over_secret_feeds_and_all_that_shows_it_keep_them_secret(tmp_path: Path) -> None:
    home, config = tmp_path / "home", tmp_path / "agent.toml"
    run = ("paper", "run", "--market", "binance", "--config", str(config))
    with simulated_exchange(tmp_path, *generated()) as url, secret_feeds() as feeds:
        write_config(config, url, ["BTCUSDT"], feeds)
        with running(home, *run) as agent:
            agent.wait_until(lambda: len(record_of(home).equity) >= 2 and len(record_of(home).news) >= 2 * WHOLE)
            agent.interrupt()
        shown = [
            trader(*command, home=home, code=code)
            for command, code in (
                (("news", "--json", "-k", "50"), 0),
                (("news", "-k", "50"), 0),
                (("status",), 0),
                (("status", "--json"), 0),
                (("replay", "--config", str(config)), 0),
                (("decide", "--config", str(config), "--dry-run"), 0),
                (("paper", "run", "--config", str(config), "--set", f"news.feeds={json.dumps([*feeds, 5])}"), 1),
                (("paper", "run", "--config", str(config), "--set", f"news.feeds=['http://me:{SECRET}@h/x']"), 1),
            )
        ]
    assert [done.args for done in shown if SECRET in done.stdout + done.stderr] == []
    assert len(json.loads(shown[0].stdout)) == 2 * WHOLE
    states = [line.split("\t")[1] for line in shown[2].stdout.splitlines() if line.startswith("http://")]
    assert sum(state == "ok" for state in states) == WHOLE
    assert sum(state.startswith("failed once: ") for state in states) == len(feeds) - WHOLE
    told = {feed["name"].rpartition("/")[2]: feed for feed in json.loads(shown[3].stdout)["feeds"]}
    assert told["gone?t=***"]["reason"] == "answered 429"
    assert told["query?auth_token=***"]["read"] == 2
    kept = [path for path in home.rglob("*") if path.is_file()]
    assert {path.suffix for path in kept} >= {".sqlite", ".json"}
    assert [path for path in kept if SECRET.encode() in path.read_bytes()] == []


def test_feeds_that_are_named_on_the_command_line_are_kept_secret(tmp_path: Path) -> None:
    with secret_feeds() as feeds:
        named = [feed.replace("http://", f"http://me:{SECRET}@") for feed in feeds]
        addresses = [*named, f"http://me:pw/{SECRET}@h/x", f"me:{SECRET}@h/x", f"ftp://h/{SECRET}"]
        arguments = [argument for feed in addresses for argument in ("--feed", feed)]
        done = trader("news", "--json", "-k", "50", *arguments, home=tmp_path)
    assert len(json.loads(done.stdout)) == 2 * WHOLE
    assert SECRET not in done.stdout + done.stderr
    assert len(done.stderr.splitlines()) == len(addresses) - WHOLE
