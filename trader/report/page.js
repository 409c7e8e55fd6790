// Everything starts here: unpack, prepare, listen, draw.

const MOST_TABS = 8;
const stage = document.getElementById("stage");
const minutes = unpackMinutes(charts.runs);
const epoch = charts.first_ms / 60000;
const market = charts.symbols.map(marketOf);
const curves = curvesOf();
const panes = Object.fromEntries(["price", "equity", "fall", "times", "overview"].map((id) => [id, paneOf(id)]));

function marketOf(symbol, index) {
  const candles = unpackCandles(symbol);
  const own = trades.pnl.map((_, trade) => trade).filter((trade) => trades.symbol[trade] === index);
  own.sort((a, b) => trades.entry[a] - trades.entry[b] || a - b);
  let [levels, values, held] = [null, null, null]; // a symbol that nobody looks at needs none
  return {
    name: symbol.name,
    decimals: symbol.decimals,
    line: lineOf(candles.minute, candles.close),
    get levels() {
      levels ??= candleLevels(candles, epoch);
      return levels;
    },
    get values() {
      values ??= valuesOf(index);
      return values;
    },
    get held() {
      held ??= levelsOf(index);
      return held;
    },
    trades: own,
    adds: charts.adds.filter((add) => add[0] === index),
    entries: Float64Array.from(own, (trade) => trades.entry[trade]),
  };
}

// Equal parts of the cash in every symbol from its first close on, as baselines.buy_and_hold.
function holdingOf() {
  const grown = new Float64Array(minutes.length);
  for (const { line } of market) {
    let at = 0;
    for (let i = 0; i < minutes.length; i++) {
      while (at < line.minute.length && line.minute[at] <= minutes[i]) at++;
      grown[i] += (at ? line.value[at - 1] / line.value[0] : 1) / market.length;
    }
  }
  return grown;
}

function fallOf(values) {
  let peak = 1;
  return values.map((value) => {
    if (value > peak) peak = value;
    return value / peak - 1;
  });
}

function curvesOf() {
  const strategy = unpackLine(charts.equity).map((value) => value / charts.start_cash);
  const hold = holdingOf();
  const asReturn = (values) => lineOf(minutes, values.map((value) => value - 1));
  const found = { strategy: asReturn(strategy), hold: asReturn(hold), fall: lineOf(minutes, fallOf(strategy)),
    holdFall: lineOf(minutes, fallOf(hold)) };
  if (!charts.random) return found;
  const minute = Int32Array.from(charts.random.minutes);
  const [low, middle, high] = ["low", "middle", "high"].map((name) =>
    Float64Array.from(charts.random[name], (value) => value / charts.start_cash - 1));
  return { ...found, band: { minute, low, middle, high }, low: lineOf(minute, low), high: lineOf(minute, high) };
}

function redraw() {
  drawPrice(panes.price);
  drawValuePanes();
  drawEquity(panes.equity);
  drawFall(panes.fall);
  drawTimes(panes.times);
  drawOverview(panes.overview);
  tell();
}

// The numbers under the cursor, or those at the end of the span.
function tell() {
  const at = view.cursor === null ? Math.min(view.to, minutes[minutes.length - 1]) : view.cursor;
  const { levels, decimals } = market[view.symbol];
  const level = levelFor(levels, panes.price.plot / (view.to - view.from), view.base);
  const i = lowerBound(level.minute, at + 1e-9) - 1;
  const shown = i < 0 ? {} : { open: level.open[i], high: level.high[i], low: level.low[i], close: level.close[i] };
  const put = (name, text) => { document.getElementById(`at-${name}`).textContent = text; };
  for (const name of ["open", "high", "low", "close"]) put(name, name in shown ? fixed(shown[name], Math.min(decimals, MOST_DECIMALS)) : "\u2013");
  tellValues(at);
  put("time", momentOf(Math.floor(at)));
  put("strategy", percent(valueAt(curves.strategy, at), 2, true));
  put("hold", percent(valueAt(curves.hold, at), 2, true));
  put("random", curves.band ? `${percent(valueAt(curves.low, at), 1, true)} to ${percent(valueAt(curves.high, at), 1, true)}` : "\u2013");
  put("fall", percent(valueAt(curves.fall, at), 2));
  const under = view.pointer && view.cursor !== null ? tradeNear(panes.price, xOf(panes.price, view.cursor)) : null;
  const told = under ?? view.trade;
  put("trade", told === null ? "" : tradeWords(told));
}

// Tabs, or a list where there are more symbols than have room.
function startSymbols(place) {
  place.hidden = market.length < 2;
  if (market.length > MOST_TABS) {
    const list = document.createElement("select");
    list.dataset.symbols = "all";
    list.setAttribute("aria-label", "Symbol");
    market.forEach((symbol, index) => list.append(made("option", symbol.name, { value: String(index) })));
    list.addEventListener("change", () => chooseSymbol(Number(list.value)));
    return place.append(list);
  }
  market.forEach((symbol, index) => {
    const tab = made("button", symbol.name, { type: "button" });
    tab.dataset.symbol = index;
    tab.addEventListener("click", () => chooseSymbol(index));
    place.append(tab);
  });
}

// Where the strategy's bars are longer than those that orders meet: which of both to see from near.
function startBases(place) {
  place.hidden = interval === charts.bar;
  for (const base of [interval, charts.bar]) {
    const button = made("button", widthName(base), { type: "button", title: "The narrowest candles" });
    button.dataset.base = base;
    button.addEventListener("click", () => chooseBase(base));
    place.append(button);
  }
  chooseBase(interval);
}

function start() {
  setLimits(minutes[minutes.length - 1] + charts.bar);
  startSymbols(document.getElementById("symbols"));
  startBases(document.getElementById("bases"));
  startValues();
  for (const pane of Object.values(panes)) if (!["times", "overview"].includes(pane.id)) listen(pane);
  listenOverview(panes.overview);
  listenControls(stage);
  startTable();
  const needed = { trades: trades.pnl.length, random: curves.band, levels: charts.levels.some((each) => each.minutes.count) };
  for (const element of document.querySelectorAll("[data-needs]")) {
    element.hidden = !needed[element.dataset.needs];
  }
  chooseSymbol(0);
  new ResizeObserver(resize).observe(stage);
  for (const [event, isPrinted] of [["beforeprint", true], ["afterprint", false]]) {
    addEventListener(event, () => {
      document.documentElement.classList.toggle("printing", isPrinted); // paper is light, whatever the screen is
      resize();
      redraw();
    });
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", resize);
  document.documentElement.classList.add("alive");
  resize();
}

function resize() {
  readColours();
  Object.values(panes).forEach(fit);
  redrawSoon();
}

start();
window.report = { charts, market, curves, panes, view, look, choose, redraw }; // for whoever wants to script the page
