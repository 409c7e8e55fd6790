"""The page in a real browser, where there is one: what its scripts unpack, and that it answers to hand and keyboard."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.reports import candles, report, without
from trader.backtest.baselines import buy_and_hold
from trader.report import Report
from trader.report.page import page_of

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,1000",
)
GIVEN = report(
    without(candles("BTCUSDT", 3_000), 500, 900),
    without(candles("ETHUSDT", 3_000, 2), 0, 700),
    overrides=["fees.slippage=0.0003"],
)


def browser() -> str:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("needs a Chromium browser, absent on this machine")
    return found


def asked(given: Report, tmp_path: Path, script: str) -> Any:
    """What the script, run in the finished page, returns. Errors of the page itself fail the test."""
    wrapped = (
        f"<script>document.body.innerHTML = '<pre id=answer>' + escaped((() => {{ {script} }})()) + '</pre>'</script>"
    )
    helper = (
        "<script>window.faults = []; addEventListener('error', (event) => faults.push(event.message));"
        "const escaped = (value) => JSON.stringify({ value, faults }).replace(/[&<]/g, (c) => `&#${c.charCodeAt(0)};`);"
        "</script>"
    )
    page = page_of(given).replace("<main>", f"{helper}<main>", 1).replace("</body>", f"{wrapped}</body>")
    file = tmp_path / "report.html"
    file.write_text(page, "utf-8")
    command = [browser(), *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", file.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    answer = re.search(r'<pre id="answer">(.*?)</pre>', done.stdout, re.DOTALL)
    assert answer, done.stdout[:500] + done.stderr[-500:]
    found = json.loads(unescape(answer[1]))
    assert found["faults"] == []
    return found["value"]


def test_scripts_unpack_the_same_numbers(tmp_path: Path) -> None:
    script = """
    const { market, curves } = report;
    const symbols = market.map(({ levels, line, name, trades }) => ({ name, trades: trades.length,
        close: [...line.value], open: [...levels[0].open], high: [...levels[0].high], low: [...levels[0].low] }));
    const [hold, strategy, fall] = ["hold", "strategy", "fall"].map((name) => [...curves[name].value]);
    return { symbols, hold, strategy, fall };
    """
    found = asked(GIVEN, tmp_path, script)
    tape, result = GIVEN.data.tape, GIVEN.result
    for index, symbol in enumerate(found["symbols"]):
        for name in ("open", "high", "low", "close"):
            column = getattr(tape, name)[index]
            assert symbol[name] == column[~np.isnan(column)].tolist()
        assert symbol["trades"] == sum(trade.symbol == symbol["name"] for trade in result.trades)
    assert found["hold"] == pytest.approx((buy_and_hold(tape, 1.0) - 1.0).tolist(), abs=1e-12)
    assert found["strategy"] == pytest.approx((result.equity / result.start_cash - 1.0).tolist(), abs=1e-6)
    assert found["fall"] == pytest.approx((-result.drawdown).tolist(), abs=2e-6)


def test_wide_candles_are_made_of_the_minutes_in_them(tmp_path: Path) -> None:
    script = """
    const level = report.market[0].levels.find((each) => each.width === 60);
    const found = { first: report.charts.first_ms };
    for (const name of ["minute", "open", "high", "low", "close"]) found[name] = [...level[name]];
    return found;
    """
    found = asked(GIVEN, tmp_path, script)
    tape = GIVEN.data.tape
    there = ~np.isnan(tape.open[0])
    hours = tape.times[there] // 3_600_000
    starts = np.flatnonzero(np.diff(hours, prepend=-1))
    assert [found["first"] + minute * 60_000 for minute in found["minute"]] == (hours[starts] * 3_600_000).tolist()
    assert found["open"] == tape.open[0][there][starts].tolist()
    assert found["high"] == np.maximum.reduceat(tape.high[0][there], starts).tolist()
    assert found["low"] == np.minimum.reduceat(tape.low[0][there], starts).tolist()
    assert found["close"] == tape.close[0][there][np.append(starts[1:], there.sum()) - 1].tolist()


def test_no_picture_takes_more_than_some_hundred_candles(tmp_path: Path) -> None:
    """However far the view: what keeps a year of minutes fluid."""
    script = """
    const { view, panes, market, redraw } = report;
    const [from, to] = [view.from, view.to];
    const context = panes.price.context;
    const counts = [];
    for (let part = 1; (to - from) * part > 12; part /= 1.7) {
      let calls = 0;
      const fillRect = context.fillRect;
      context.fillRect = (...args) => { calls++; fillRect.apply(context, args); };
      view.from = from + (to - from) * 0.2 * (1 - part);
      view.to = view.from + (to - from) * part;
      redraw();
      context.fillRect = fillRect;
      counts.push(calls);
    }
    return counts;
    """
    counts = asked(report(candles("BTCUSDT", 20_000)), tmp_path, script)
    assert len(counts) > 10
    assert max(counts) < 3_000
    assert min(counts) > 10


def test_it_answers_to_wheel_drag_pinch_keys_and_buttons(tmp_path: Path) -> None:
    script = """
    const { view, panes } = report;
    const canvas = panes.price.canvas;
    canvas.setPointerCapture = () => {};
    const whole = [view.from, view.to];
    const length = () => view.to - view.from;
    const stage = document.getElementById("stage");
    const at = (name, x, id = 1) => {
      const box = canvas.getBoundingClientRect();
      const place = { clientX: box.left + x, clientY: box.top + 50 };
      canvas.dispatchEvent(new PointerEvent(name, { pointerId: id, ...place, bubbles: true }));
    };
    const wheel = (deltaY) => {
      const clientX = canvas.getBoundingClientRect().left + 400;
      const event = new WheelEvent("wheel", { deltaY, clientX, cancelable: true });
      canvas.dispatchEvent(event);
      return event.defaultPrevented;
    };
    const key = (name) => stage.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true }));
    const press = (selector) => stage.querySelector(selector).click();
    const found = { scrollsAtWhole: !wheel(100) };
    found.zooms = wheel(-240) && length() < whole[1] - whole[0];
    let before = [view.from, view.to];
    at("pointerdown", 500); at("pointermove", 400); at("pointerup", 400);
    found.drags = view.from > before[0] && Math.abs(length() - (before[1] - before[0])) < 1e-6;
    before = length();
    at("pointerdown", 300, 1); at("pointerdown", 500, 2); at("pointermove", 700, 2);
    at("pointerup", 700, 2); at("pointerup", 300, 1);
    found.pinches = Math.abs(length() / before - 0.5) < 0.01;
    before = length(); key("+"); found.keyZooms = length() < before;
    before = view.from; key("ArrowRight"); found.keyMoves = view.from > before;
    key("n"); found.next = view.trade;
    key("n"); found.nextAgain = view.trade;
    key("p"); found.previous = view.trade;
    found.said = document.getElementById("spoken").textContent;
    key("0"); found.all = Math.abs(view.from - whole[0]) + Math.abs(view.to - whole[1]) < 1e-6;
    press('[data-minutes="240"]'); found.button = Math.abs(length() - 240) < 1e-6;
    press('[data-line="hold"]'); found.hidden = view.lines.hold === false;
    document.querySelector('[data-symbol="1"]').click(); found.symbol = view.symbol;
    report.redraw();
    return found;
    """
    found = asked(GIVEN, tmp_path, script)
    said, nexts = found.pop("said"), [found.pop(name) for name in ("next", "nextAgain", "previous")]
    assert nexts[0] == nexts[2] != nexts[1]
    assert re.match(
        rf"Trade {nexts[0] + 1}, BTCUSDT: bought \d{{4}}-\d\d-\d\d \d\d:\d\d at [\d.,]+ for signal, sold ", said
    )
    assert found.pop("symbol") == 1
    assert all(found.values()), found


def test_the_table_sorts_filters_and_leads_to_the_chart(tmp_path: Path) -> None:
    script = """
    const textsOf = (row) => [...row.cells].map((cell) => cell.textContent);
    const rows = () => [...document.querySelectorAll("#trades tbody tr")].map(textsOf);
    const choose = (name, value) => {
      const filter = document.querySelector(`[data-filter="${name}"]`);
      filter.value = value;
      filter.dispatchEvent(new Event("change"));
    };
    const found = { first: rows().length, count: document.getElementById("count").textContent };
    document.getElementById("more").click();
    found.more = rows().length;
    document.querySelector('[data-column="pnl"] button').click();
    found.worst = rows()[0][0];
    document.querySelector('[data-column="pnl"] button').click();
    found.best = rows()[0][0];
    found.sorted = document.querySelector('[data-column="pnl"]').getAttribute("aria-sort");
    choose("reason", "take profit");
    found.reasons = [...new Set(rows().map((row) => row[12]))];
    choose("reason", ""); choose("result", "lost"); choose("symbol", "ETHUSDT");
    found.symbols = [...new Set(rows().map((row) => row[1]))];
    found.lost = document.getElementById("count").textContent;
    document.querySelector("#trades tbody button").click();
    found.chosen = report.view.trade;
    found.symbol = report.view.symbol;
    return found;
    """
    found = asked(GIVEN, tmp_path, script)
    trades = GIVEN.result.trades
    profits = [trade.pnl for trade in trades]
    lost = [trade for trade in trades if trade.pnl <= 0.0 and trade.symbol == "ETHUSDT"]
    assert found["first"] == 25
    assert found["count"] == f"25 of {len(trades)} shown"
    assert found["more"] == min(len(trades), 125)
    assert int(found["worst"]) == profits.index(min(profits)) + 1
    assert int(found["best"]) == profits.index(max(profits)) + 1
    assert found["sorted"] == "descending"
    assert found["reasons"] == ["take profit"]
    assert found["symbols"] == ["ETHUSDT"]
    assert f" of {len(lost)} that fit shown, {len(trades)} in all" in found["lost"]
    assert trades[found["chosen"]].symbol == "ETHUSDT"
    assert trades[found["chosen"]].pnl <= 0.0
    assert found["symbol"] == 1


@pytest.mark.parametrize(
    "given",
    [
        report(overrides=["strategy.settings.rsi_buy=0.001"]),
        report(candles(minutes=1)),
        report(names=("</script><b>",)),
    ],
    ids=["no trade", "one minute", "hostile name"],
)
def test_odd_backtests_are_drawn_too(given: Report, tmp_path: Path) -> None:
    script = """
    report.redraw();
    const rows = document.querySelectorAll("#trades tbody tr");
    return [document.documentElement.className, rows.length, report.market[0].name];
    """
    alive, rows, name = asked(given, tmp_path, script)
    assert alive == "alive"
    assert rows == min(len(given.result.trades), 25)
    assert name == given.data.symbols[0]
