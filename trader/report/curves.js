// Equity, drawdown, the time axis and the whole range. A line is drawn column by column of pixels.

// A mark holds until the next one: a line is steps. Rectangles, because strokes of thousands of points take ten times as long.
function drawLine(pane, line, colour, width) {
  const { context: c, yOf } = pane;
  let [x, y] = [NaN, NaN];
  c.fillStyle = colour;
  eachColumn(line, view.from, view.to, (minute) => xOf(pane, minute), pane.plot, (next, first, low, high, last) => {
    const [top, bottom] = [yOf(high), yOf(low)];
    if (next > x + 1) c.fillRect(x, y - width / 2, next - x, width);
    const from = y < top ? y : top;
    c.fillRect(next, from - width / 2, width, (y > bottom ? y : bottom) - from + width);
    x = next;
    y = yOf(last);
  });
  if (x < xOf(pane, minutes[minutes.length - 1])) c.fillRect(x, y - width / 2, pane.plot - x, width);
}

function fillUnder(pane, line, base, colour) {
  const { context: c, yOf } = pane;
  const from = yOf(base);
  let [x, y] = [NaN, from];
  c.fillStyle = colour;
  eachColumn(line, view.from, view.to, (minute) => xOf(pane, minute), pane.plot, (next, first, low) => {
    if (next > x) c.fillRect(x, from, next - x, y - from);
    x = next;
    y = yOf(low);
  });
}

function drawEquity(pane) {
  const shown = [curves.strategy, ...(view.lines.hold ? [curves.hold] : [])];
  if (view.lines.random && curves.low) shown.push(curves.low, curves.high);
  const ends = shown.map((line) => extent(line, view.from, view.to));
  const [low, high] = [Math.min(...ends.map((each) => each[0])), Math.max(...ends.map((each) => each[1]))];
  begin(pane, low, high, { label: (value, digits) => percent(value, Math.max(digits - 2, 0)) });
  if (view.lines.random && curves.low) drawBand(pane);
  pane.context.fillStyle = colours.muted;
  pane.context.fillRect(0, Math.round(pane.yOf(0)), pane.plot, 1);
  if (view.lines.hold) drawLine(pane, curves.hold, colours.hold, 1.5);
  drawLine(pane, curves.strategy, colours.accent, 2);
  end(pane);
}

function drawBand(pane) {
  const { context: c, yOf } = pane;
  const { minute, low, middle, high } = curves.band;
  const first = Math.max(lowerBound(minute, view.from) - 1, 0);
  const last = Math.min(lowerBound(minute, view.to), minute.length - 1);
  c.beginPath();
  for (let i = first; i <= last; i++) c.lineTo(xOf(pane, minute[i]), yOf(high[i]));
  for (let i = last; i >= first; i--) c.lineTo(xOf(pane, minute[i]), yOf(low[i]));
  c.closePath();
  c.fillStyle = colours.band;
  c.fill();
  c.beginPath();
  for (let i = first; i <= last; i++) c.lineTo(xOf(pane, minute[i]), yOf(middle[i]));
  c.strokeStyle = colours.muted;
  c.lineWidth = 1;
  c.stroke();
}

function drawFall(pane) {
  const shown = [curves.fall, ...(view.lines.hold ? [curves.holdFall] : [])];
  const low = Math.min(...shown.map((line) => extent(line, view.from, view.to)[0]));
  begin(pane, Math.min(low, -0.0001), 0, { label: (value, digits) => percent(value, Math.max(digits - 2, 0)) });
  if (view.lines.hold) drawLine(pane, curves.holdFall, colours.hold, 1);
  fillUnder(pane, curves.fall, 0, colours.band);
  drawLine(pane, curves.fall, colours.accent, 1.5);
  end(pane);
}

function drawTimes(pane) {
  const c = pane.context;
  c.clearRect(0, 0, pane.width, pane.height);
  c.font = FONT;
  c.textBaseline = "middle";
  c.textAlign = "center";
  c.fillStyle = colours.muted;
  for (const [minute, name] of timeTicks(view.from, view.to, pane.plot / 90)) {
    c.fillText(name, Math.min(Math.max(xOf(pane, minute), 16), pane.plot - 4), 9);
  }
  if (view.cursor === null) return;
  const x = Math.min(Math.max(xOf(pane, view.cursor), 58), pane.plot - 58);
  c.fillStyle = colours.ink;
  c.fillRect(x - 58, 1, 116, 16);
  c.fillStyle = colours.paper;
  c.fillText(`${momentOf(Math.floor(view.cursor))}`, x, 9);
}

// The whole range with the span that is looked at.
function drawOverview(pane) {
  const { context: c, width, height } = pane;
  const [least, most] = limits;
  const place = (minute) => ((minute - least) / (most - least)) * width;
  const line = market[view.symbol].line;
  const [low, high] = extent(line, least, most);
  const yOf = (value) => height - 4 - ((value - low) / (high - low || 1)) * (height - 8);
  c.clearRect(0, 0, width, height);
  c.fillStyle = colours.muted;
  eachColumn(line, least, most, place, width, (x, first, lowest, highest) => {
    c.fillRect(x, yOf(highest), 1, Math.max(yOf(lowest) - yOf(highest), 1));
  });
  const [x, right] = [place(view.from), place(view.to)];
  c.fillStyle = colours.band;
  c.fillRect(x, 0, Math.max(right - x, 3), height);
  c.fillStyle = colours.accent;
  c.fillRect(x, 0, 2, height);
  c.fillRect(Math.max(right, x + 3) - 2, 0, 2, height);
}
