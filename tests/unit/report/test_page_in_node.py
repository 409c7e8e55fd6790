"""The page's script, run: lines where the strategy saw them, levels where they lay, names to read and to click on."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pytest

from tests.support.pages import asked_of, needs_node
from tests.support.reports import candles, report, without
from trader.backtest.seen import Seen
from trader.report import Report
from trader.report.page import page_of

pytestmark = needs_node
GIVEN = report(
    without(candles("BTCUSDT", 3_000), 500, 900),
    candles("ETHUSDT", 3_000, 2),
    overrides=["strategy.name=ema_cross", "risk.trailing_stop=0.01"],
    eager=("risk.daily_loss_limit=0",),
)
PAGE = page_of(GIVEN)
NEAR = "report.view.from = 1000; report.view.to = 1060; report.redraw();"
TRADED = (
    "const { trades } = report.charts; const held = (trade) => trades.exit[trade] - trades.entry[trade];"
    "const longest = report.market[0].trades.reduce((one, other) => (held(other) > held(one) ? other : one));"
    "report.choose(longest); report.redraw();"
)


def seen_by(given: Report) -> Seen:
    assert given.seen is not None
    return given.seen


def test_lines_are_the_values_at_their_closes() -> None:
    lines = asked_of(
        PAGE,
        "const plain = (line) => ({ minute: [...line.minute], value: [...line.value], digits: line.digits });"
        "return report.market.map(({ values }) => values.map(plain));",
    )
    first_ms = int(GIVEN.data.tape.times[0])
    for bars, found in zip(seen_by(GIVEN).bars, lines, strict=True):
        for row, line in zip(bars.rows, found, strict=True):
            known = ~np.isnan(row)
            middles = (bars.open_ms[known] - first_ms) / 60_000 + 0.5
            assert line["minute"] == middles.tolist()
            assert line["value"] == pytest.approx(row[known].tolist(), abs=0.5 * 10.0 ** -line["digits"] + 1e-12)


def test_panes_are_made_and_a_click_on_a_name_hides_its_line() -> None:
    found = asked_of(
        PAGE,
        f"{NEAR}"
        "const canvas = document.getElementById('pane-0');"
        "const button = document.querySelector('[data-line=\"value-2\"]');"
        "const before = [canvas.hidden, drawn('pane-0').filter((call) => call.name === 'stroke').length];"
        "button.fire('click');"
        "return { before, hidden: canvas.hidden, pressed: button.attributes['aria-pressed'], name: button.textContent,"
        "  over: [...document.getElementById('over-price').children].map((each) => each.textContent.trim()),"
        "  label: canvas.attributes['aria-label'] };",
    )
    assert found["before"][0] is False
    assert found["before"][1] >= 1
    assert (found["hidden"], found["pressed"], found["name"].strip(), found["label"]) == (True, "false", "atr", "atr")
    assert found["over"][-2:] == ["fast", "slow"]


def test_a_gap_is_not_bridged() -> None:
    """Of one symbol 400 minutes are missing: no stroke goes over them."""
    calls = asked_of(
        PAGE,
        "report.view.from = 480; report.view.to = 920; report.redraw(); drawn('pane-0'); report.redraw();"
        "const moves = drawn('pane-0').filter((call) => ['moveTo', 'lineTo'].includes(call.name));"
        "return moves.map(({ name, given }) => [name, given[0]]);",
    )
    ways = [abs(x - before) for (_, before), (name, x) in pairwise(calls) if name == "lineTo"]
    assert len(ways) > 20
    assert max(ways) < 20.0


def test_levels_are_drawn_where_they_lay_as_they_moved() -> None:
    found = asked_of(
        PAGE,
        f"{TRADED} drawn('price'); report.redraw();"
        "const pane = report.panes.price; let isDashed = false; let at = 0; const lines = [];"
        "for (const call of drawn('price')) {"
        "  if (call.name === 'setLineDash') isDashed = call.given[0].length > 0;"
        "  if (!isDashed || call.strokeStyle !== 'loss' || !['moveTo', 'lineTo'].includes(call.name)) continue;"
        "  const [x, y] = call.given;"
        "  if (call.name === 'lineTo' && x > at) lines.push([x, pane.valueAt(y)]);"
        "  at = x;"
        "}"
        "const { view } = report; const minute = (x) => view.from + (x / pane.plot) * (view.to - view.from);"
        "const low = pane.valueAt(pane.canvas.clientHeight), high = pane.valueAt(0);"
        "return { lines: lines.map(([x, price]) => [minute(x), price]), pixel: (high - low) / 400, low, high,"
        "  entry: trades.entry[longest], exit: trades.exit[longest], from: view.from };",
    )
    levels = seen_by(GIVEN).levels[0]
    times = GIVEN.data.tape.times
    minutes = (times[np.minimum(levels.minutes, len(times) - 1)] - times[0]) // 60_000
    assert found["exit"] - found["entry"] >= 2
    checked = 0
    for end, price in found["lines"]:
        if not found["entry"] < end <= found["exit"] + 1:
            continue
        at = int(np.searchsorted(minutes, round(end) - 1, side="right")) - 1
        assert price == pytest.approx(levels.stops[at], abs=2 * found["pixel"])
        checked += 1
    assert checked >= 2


def test_readouts_say_what_was_seen_and_which_levels_were_met() -> None:
    found = asked_of(
        PAGE,
        f"{TRADED}"
        "report.view.cursor = trades.entry[longest] + 0.5; report.redraw();"
        "const text = (id) => document.getElementById(id).textContent;"
        "return { minute: trades.entry[longest], stop: text('at-stop'), fast: text('at-value-0'),"
        "  words: document.getElementById('spoken').textContent };",
    )
    levels, bars = seen_by(GIVEN).levels[0], seen_by(GIVEN).bars[0]
    times = GIVEN.data.tape.times
    entry_ms = int(times[0]) + found["minute"] * 60_000
    at = int(np.searchsorted(levels.minutes, np.searchsorted(times, entry_ms), side="right")) - 1
    assert float(found["stop"]) == pytest.approx(levels.stops[at], abs=0.01)
    assert float(found["fast"]) == pytest.approx(bars.rows[0][bars.open_ms == entry_ms][0], abs=0.06)
    assert " for cross, sold " in found["words"]


def boxes(calls: list[dict[str, Any]]) -> list[tuple[float, float, float, float, str]]:
    """Left, right, top and bottom of every text over the candles."""
    found = []
    for call in calls:
        if call["name"] == "fillText" and call["textAlign"] == "center":
            text, x, y = call["given"]
            found.append((x - 3 * len(text), x + 3 * len(text), y - 6, y + 6, text))
    return found


@pytest.mark.parametrize("minutes", [30, 60, 120, 240, 700])
def test_names_of_trades_stand_neither_in_one_another_nor_outside(minutes: int) -> None:
    calls = asked_of(
        PAGE,
        f"const found = []; for (let from = 0; from < 2900; from += 331) {{"
        f"  report.view.from = from; report.view.to = from + {minutes};"
        "  drawn('price'); report.redraw(); found.push(drawn('price')); }"
        "return found;",
    )
    named = 0
    for each in calls:
        found = boxes(each)
        named += sum(box[4] == "cross" for box in found)
        for one, other in combinations(found, 2):
            assert one[1] <= other[0] or other[1] <= one[0] or one[3] <= other[2] or other[3] <= one[2]
        for left, right, top, bottom, _ in found:
            assert 0 <= left <= right <= 1000 - 68
            assert 0 <= top <= bottom <= 400
    assert named > 0


def test_no_picture_takes_more_than_some_thousand_strokes_however_far_the_view() -> None:
    counts = asked_of(
        PAGE,
        "return [3000, 1000, 300, 60].map((length) => {"
        "  report.view.from = 0; report.view.to = length; drawn('price'); drawn('pane-0'); report.redraw();"
        "  return drawn('price').length + drawn('pane-0').length; });",
    )
    assert max(counts) < 20_000


def test_hostile_names_are_text_and_nothing_else() -> None:
    hostile = "<img src=x onerror=alert(1)></script>"
    seen = seen_by(GIVEN)
    named = Report(
        GIVEN.data, GIVEN.result, GIVEN.metrics, GIVEN.config, GIVEN.engine, None,
        Seen((hostile, *seen.names[1:]), seen.interval_ms, seen.bars, seen.levels),
    )  # fmt: skip
    page = page_of(named)
    assert hostile not in page
    names = asked_of(
        page, "return [...document.getElementById('over-price').children].map((each) => each.textContent);"
    )
    assert hostile in [name.strip() for name in names]


def test_many_symbols_are_a_list_and_few_are_tabs() -> None:
    script = (
        "const list = document.querySelector('[data-symbols]');"
        "if (list) { list.value = '8'; list.fire('change'); }"
        "const tabs = document.querySelectorAll('[data-symbol]').length;"
        "return [tabs, list ? list.children.length : 0, report.view.symbol];"
    )
    many = report(*(candles(f"A{number}USDT", 40, number + 1) for number in range(9)))
    assert asked_of(page_of(many), script) == [0, 9, 8]
    assert asked_of(PAGE, script) == [2, 0, 0]


def test_both_reasons_can_be_filtered_and_stand_in_the_table() -> None:
    found = asked_of(
        PAGE,
        "const heads = [...document.querySelectorAll('#trades th[data-column]')].map((each) => each.dataset.column);"
        "const entered = document.querySelector('[data-filter=\"entered\"]').children.map((each) => each.textContent);"
        "const reason = document.querySelector('[data-filter=\"reason\"]');"
        "reason.value = 'trend over'; reason.fire('change');"
        "const count = document.getElementById('count').textContent;"
        "const filter = document.querySelector('[data-filter=\"entered\"]');"
        "filter.value = 'other'; filter.fire('change');"
        "return { heads, entered, count, other: document.getElementById('count').textContent };",
    )
    assert found["other"].startswith("0 of 0 that fit")
    assert {"entered", "reason"} <= set(found["heads"])
    assert found["entered"][1:] == ["cross"]
    over = sum(trade.reason == "trend over" for trade in GIVEN.result.trades)
    assert f" {over:,} that fit" in found["count"]


IN_PARTS = report(
    candles("BTCUSDT", 3_000),
    candles("ETHUSDT", 3_000, 2),
    overrides=["risk.take_profits=0.002:0.4 0.005:0.3", "risk.stop_loss=0.02"],
)


def test_parts_of_one_position_stand_together_and_are_named_so() -> None:
    found = asked_of(
        page_of(IN_PARTS),
        "const rows = document.querySelector('#trades tbody').children;"
        "const text = (row, place) => row.children[place].textContent;"
        "return { rows: rows.map((row) => [text(row, 1), text(row, 2), row.className || '']),"
        "  heads: document.querySelectorAll('#trades th[data-column]').map((each) => each.dataset.column),"
        "  numbers: report.charts.trades.position };",
    )
    trades = IN_PARTS.result.trades
    keys = [(trade.entry_ms, trade.symbol) for trade in trades]
    assert len({*keys}) < len(keys)
    assert found["numbers"] == [trade.position for trade in trades]
    assert found["heads"][:3] == ["number", "position", "symbol"]
    parts = [words for words, *_ in found["rows"]]
    assert parts[:3] == [f"1, part {part} of 3" for part in (1, 2, 3)] or parts[0] == "1"
    for before, after in pairwise(found["rows"]):
        if "part 1" not in after[0] and ", part" in after[0]:
            assert before[0].partition(",")[0] == after[0].partition(",")[0]
            assert before[1] == after[1]
            assert before[2] == "part"
    assert "position" not in asked_of(
        PAGE, "return document.querySelectorAll('#trades th[data-column]').map((each) => each.dataset.column);"
    )


def test_every_part_of_a_position_in_view_is_drawn_and_their_entry_once() -> None:
    """Also those whose entry, which they share, lies before the view."""
    found = asked_of(
        page_of(IN_PARTS),
        "const { trades } = report.charts; const own = report.market[0].trades;"
        "const first = own.find((trade) => own.some((other) => trades.position[other] === trades.position[trade]"
        "  && trades.exit[other] > trades.exit[trade] + 3 && trades.entry[trade] + 1 < trades.exit[trade]));"
        "report.view.from = trades.entry[first] + 0.5; report.view.to = report.view.from + 30;"
        "drawn('price'); report.redraw();"
        "const inView = own.filter((trade) => trades.position[trade] === trades.position[first]"
        "  || (trades.entry[trade] > report.view.from && trades.entry[trade] < report.view.to));"
        "return { triangles: drawn('price').filter((call) => call.name === 'fill').length,"
        "  inView: inView.length, positions: new Set(inView.map((trade) => trades.position[trade])).size };",
    )
    assert found["inView"] > found["positions"] >= 1
    assert found["triangles"] == found["inView"] + found["positions"]
