// What is looked at: a span of minutes, a symbol, a trade. Everything that changes it asks for one new picture.

const NARROWEST_BARS = 12;
const MARGIN = 0.01;

const view = { from: 0, to: 1, symbol: 0, trade: null, cursor: null, pointer: null, base: 0,
  lines: { hold: true, random: true, stop: true, target: true } };
let limits = [0, 1];
let asked = false;

function redrawSoon() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    redraw();
  });
}

function setLimits(minutes) {
  const margin = Math.max(minutes * MARGIN, charts.bar);
  limits = [-margin, minutes + margin];
  [view.from, view.to] = limits;
}

// Moves the span into the limits without changing its length more than it must.
function look(from, to) {
  const [least, most] = limits;
  let length = Math.min(Math.max(to - from, Math.min(NARROWEST_BARS * charts.bar, most - least)), most - least);
  let start = (from + to) / 2 - length / 2;
  start = Math.min(Math.max(start, least), most - length);
  view.from = start;
  view.to = start + length;
  redrawSoon();
}

function zoom(factor, around = (view.from + view.to) / 2) {
  look(around - (around - view.from) * factor, around + (view.to - around) * factor);
}

function pan(minutes) {
  look(view.from + minutes, view.to + minutes);
}

function isWhole() {
  return view.to - view.from >= (limits[1] - limits[0]) * 0.9999;
}

function lookAtAll() {
  look(...limits);
}

// The span of this many minutes around the middle, or around the trade that is chosen.
function lookAtLength(minutes) {
  const trade = view.trade;
  const middle = trade === null ? (view.from + view.to) / 2 : (trades.entry[trade] + trades.exit[trade]) / 2;
  look(middle - minutes / 2, middle + minutes / 2);
}

function choose(trade, isNear = false) {
  view.trade = trade;
  if (trade === null) return redrawSoon();
  const [entry, exit] = [trades.entry[trade], trades.exit[trade]];
  chooseSymbol(trades.symbol[trade]);
  const room = Math.max((exit - entry) * 0.75, 45 * charts.bar);
  if (!isNear) look(entry - room, exit + charts.bar + room);
  say(tradeWords(trade));
  redrawSoon();
}

// The trade before or after the chosen one, or after what is in view, of the symbol that is shown.
function chooseNext(direction) {
  const own = market[view.symbol].trades;
  if (!own.length) return;
  let at = view.trade === null ? -1 : own.indexOf(view.trade);
  if (at < 0) at = own.findIndex((trade) => trades.entry[trade] >= view.from) - (direction > 0 ? 1 : 0);
  choose(own[Math.min(Math.max(at + direction, 0), own.length - 1)]);
}

function chooseSymbol(symbol) {
  view.symbol = symbol;
  for (const tab of document.querySelectorAll("[data-symbol]")) {
    tab.setAttribute("aria-pressed", String(Number(tab.dataset.symbol) === symbol));
  }
  for (const list of document.querySelectorAll("[data-symbols]")) list.value = String(symbol);
  redrawSoon();
}

// Candles of the strategy's bars, however near the view, or those that orders meet.
function chooseBase(base) {
  view.base = base;
  for (const button of document.querySelectorAll("[data-base]")) {
    button.setAttribute("aria-pressed", String(Number(button.dataset.base) === base));
  }
  redrawSoon();
}

// Told to who listens instead of looking.
function say(words) {
  document.getElementById("spoken").textContent = words;
}
