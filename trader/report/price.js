// Candles and trades. The fewer trades are in view, the more is said of each.

const MARKED_PIXELS = 12; // room that a trade needs for its markers
const NAMED_PIXELS = 35; // and for its reasons, which are left out where they would stand in one another
const LONGEST_NAME = 22;
const ROOM = 0.4;
const LINE = 13;
const DOT_PIXELS = 1.5; // and for a dot at its exit; with less room, only what trades earned together is drawn
const PROFIT_PIXELS = 4;
const PROFIT_HEIGHT = 24;
const FADED = 0.4;

function drawPrice(pane) {
  const symbol = market[view.symbol];
  const level = levelFor(symbol.levels, pane.plot / (view.to - view.from), view.base);
  const [start, stop] = [lowerBound(level.minute, view.from - level.width), lowerBound(level.minute, view.to)];
  let low = Infinity;
  let high = -Infinity;
  for (let i = start; i < stop; i++) {
    if (level.low[i] < low) low = level.low[i];
    if (level.high[i] > high) high = level.high[i];
  }
  const shown = tradesInView(symbol);
  const room = pane.plot / Math.max(shown.length, 1);
  const isMarked = room >= MARKED_PIXELS;
  const over = shownOf(OVER_PRICE);
  [low, high] = withRoom(low, high, (least, most) => [
    ...over.map((index) => extent(symbol.values[index], view.from, view.to)), ...(isMarked ? [levelExtent(symbol.held, least, most)] : [])]);
  const least = symbol.decimals;
  begin(pane, low, high, { label: (value, digits) => fixed(value, Math.min(Math.max(digits, 0), least)), top: 26, bottom: 34 });
  if (view.trade !== null && trades.symbol[view.trade] === view.symbol) drawChosen(pane, view.trade);
  const hasDots = room >= DOT_PIXELS && !isMarked;
  pane.context.globalAlpha = hasDots ? FADED : 1; // or dots of the same colours drown
  drawCandles(pane, level, start, stop);
  pane.context.globalAlpha = 1;
  drawValues(pane, symbol.values, over);
  if (isMarked) drawLevels(pane, symbol.held);
  if (room < DOT_PIXELS) drawProfits(pane, shown);
  else drawHeld(pane, shown);
  if (hasDots) drawDots(pane, shown);
  if (isMarked) drawMarkers(pane, shown, room);
  end(pane);
  document.getElementById("width").textContent = `${widthName(level.width)} candles`;
}

// The range of the candles, widened for what is drawn over them, by ROOM of its own height at most on either side.
function withRoom(low, high, besideWithin) {
  const [least, most] = [low - (high - low) * ROOM, high + (high - low) * ROOM];
  const beside = besideWithin(least, most);
  return [Math.max(least, Math.min(low, ...beside.map((ends) => ends[0]))), Math.min(most, Math.max(high, ...beside.map((ends) => ends[1])))];
}

function drawCandles(pane, level, start, stop) {
  const { context: c, yOf } = pane;
  const wide = (level.width / (view.to - view.from)) * pane.plot;
  const body = Math.max(Math.floor(wide * 0.7), 1);
  for (const isUp of [true, false]) {
    c.fillStyle = isUp ? colours.gain : colours.loss;
    for (let i = start; i < stop; i++) {
      if (level.close[i] >= level.open[i] !== isUp) continue;
      const x = xOf(pane, level.minute[i]) + wide / 2;
      const top = yOf(level.high[i]);
      c.fillRect(Math.round(x - 0.5), top, 1, Math.max(yOf(level.low[i]) - top, 1));
      const upper = yOf(Math.max(level.open[i], level.close[i]));
      const lower = yOf(Math.min(level.open[i], level.close[i]));
      c.fillRect(Math.round(x - body / 2), upper, body, Math.max(lower - upper, 1));
    }
  }
}

// Trades of the symbol that touch the span, in the order of their entries; only parts of one position overlap.
function tradesInView(symbol) {
  const first = Math.max(lowerBound(symbol.entries, view.from) - 1, 0);
  return symbol.trades.slice(lowerBound(symbol.entries, symbol.entries[first]), lowerBound(symbol.entries, view.to));
}

function drawMarkers(pane, shown, room) {
  for (const trade of shown) drawTrade(pane, trade);
  for (const [, minute, price] of market[view.symbol].adds) {
    if (minute >= view.from && minute < view.to) triangle(pane.context, middleOf(pane, minute), pane.yOf(price), 1, colours.accent, 4);
  }
  const placed = []; // boxes of names: what would stand in another is left out
  const isNamed = (trade) => trade === view.trade || room >= NAMED_PIXELS;
  const chosenFirst = [...shown].sort((one, other) => (other === view.trade) - (one === view.trade));
  for (const trade of chosenFirst.filter(isNamed)) nameTrade(pane, trade, placed);
}

// Why it was entered below its entry; what it returned and why it ended above its exit.
function nameTrade(pane, trade, placed) {
  const { yOf } = pane;
  const tone = trades.pnl[trade] > 0 ? colours.gain : colours.loss;
  const words = [shortened(reasonOf(trade)), percent(trades.return[trade], 2, true)];
  name(pane, words, middleOf(pane, trades.exit[trade]), yOf(trades.exit_price[trade]) - 20, tone, placed);
  if (isFirstPart(trade)) name(pane, [shortened(enteredOf(trade))], middleOf(pane, trades.entry[trade]), yOf(trades.entry_price[trade]) + 20, colours.accent, placed);
}

// Lines of text around x, the second above the first, within the plot and in no other box.
function name(pane, words, x, y, colour, placed) {
  const { context: c, plot, height } = pane;
  if (x < 0 || x > plot) return;
  const half = Math.max(...words.map((each) => c.measureText(each).width)) / 2 + 2;
  const middle = Math.min(Math.max(x, half), plot - half);
  const foot = Math.min(Math.max(y, 8 + LINE * (words.length - 1)), height - 20);
  const box = { left: middle - half, right: middle + half, top: foot - LINE * (words.length - 0.5), bottom: foot + LINE / 2 };
  const meets = (other) => box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom;
  if (placed.some(meets)) return;
  placed.push(box);
  c.textAlign = "center";
  words.forEach((each, line) => outlined(c, each, middle, foot - LINE * line, colour));
}

function shortened(words) {
  return words.length > LONGEST_NAME ? `${words.slice(0, LONGEST_NAME - 1)}\u2026` : words;
}

// A strip at the foot: where the symbol was held, in the colour of what the trade earned.
function drawHeld(pane, shown) {
  const { context: c } = pane;
  for (const won of [true, false]) {
    c.fillStyle = won ? colours.gain : colours.loss;
    for (const trade of shown) {
      if (trades.pnl[trade] > 0 !== won) continue;
      const x = xOf(pane, trades.entry[trade]);
      c.fillRect(x, pane.height - 10, Math.max(xOf(pane, trades.exit[trade]) - x, 1), 7);
    }
  }
}

// The same strip for thousands of trades: what those that ended in the same few pixels earned together.
function drawProfits(pane, shown) {
  const { context: c } = pane;
  const sums = new Float64Array(Math.ceil(pane.plot / PROFIT_PIXELS) + 1);
  for (const trade of shown) {
    const column = Math.floor(middleOf(pane, trades.exit[trade]) / PROFIT_PIXELS);
    if (column >= 0 && column < sums.length) sums[column] += trades.pnl[trade];
  }
  const most = sums.reduce((largest, sum) => Math.max(largest, Math.abs(sum)), 0) || 1;
  const middle = pane.height - 3 - PROFIT_HEIGHT / 2;
  for (let i = 0; i < sums.length; i++) {
    const height = (Math.abs(sums[i]) / most) * (PROFIT_HEIGHT / 2);
    c.fillStyle = sums[i] > 0 ? colours.gain : colours.loss;
    c.fillRect(i * PROFIT_PIXELS, sums[i] > 0 ? middle - height : middle, PROFIT_PIXELS - 1, height);
  }
}

function drawDots(pane, shown) {
  const { context: c, yOf } = pane;
  for (const trade of shown) {
    c.fillStyle = trades.pnl[trade] > 0 ? colours.gain : colours.loss;
    c.fillRect(middleOf(pane, trades.exit[trade]) - 1.5, yOf(trades.exit_price[trade]) - 1.5, 3, 3);
  }
}

function middleOf(pane, minute) {
  return xOf(pane, minute + charts.bar / 2);
}

// Parts of a position were entered together: the mark of the entry is drawn once.
function isFirstPart(trade) {
  return partsOf(trade)[0] === trade;
}

function drawTrade(pane, trade) {
  const { context: c, yOf } = pane;
  const [x, y] = [middleOf(pane, trades.entry[trade]), yOf(trades.entry_price[trade])];
  const [exitX, exitY] = [middleOf(pane, trades.exit[trade]), yOf(trades.exit_price[trade])];
  const tone = trades.pnl[trade] > 0 ? colours.gain : colours.loss;
  c.strokeStyle = tone;
  c.lineWidth = 1.5;
  c.beginPath();
  c.moveTo(x, y);
  c.lineTo(exitX, exitY);
  c.stroke();
  if (isFirstPart(trade)) triangle(c, x, y, 1, colours.accent);
  triangle(c, exitX, exitY, -1, tone);
}

// Its tip is at the price: upwards for an entry, smaller for one that was added, downwards for an exit.
function triangle(c, x, y, direction, colour, size = 6) {
  c.beginPath();
  c.moveTo(x, y);
  c.lineTo(x - size, y + (size + 4) * direction);
  c.lineTo(x + size, y + (size + 4) * direction);
  c.closePath();
  c.fillStyle = colour;
  c.fill();
  c.strokeStyle = colours.paper;
  c.lineWidth = 1;
  c.stroke();
}

function outlined(c, text, x, y, colour) {
  c.lineJoin = "round";
  c.lineWidth = 4;
  c.strokeStyle = colours.paper;
  c.strokeText(text, x, y);
  c.fillStyle = colour;
  c.fillText(text, x, y);
}

function drawChosen(pane, trade) {
  const { context: c } = pane;
  const [x, right] = [xOf(pane, trades.entry[trade]), xOf(pane, trades.exit[trade] + charts.bar)];
  c.fillStyle = colours.band;
  c.fillRect(x, 0, Math.max(right - x, 2), pane.height);
}
