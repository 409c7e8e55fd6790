// The pictures. All panes share one time axis; values stand at the right, as on a trading screen.

const FONT = "11px system-ui, sans-serif";
const NARROW = 560;

let colours = {};

function readColours() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ["ink", "muted", "rule", "paper", "panel", "accent", "hold", "gain", "loss", "band", "out", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8"]) {
    colours[name] = style.getPropertyValue(`--${name}`).trim();
  }
}

function paneOf(id) {
  const canvas = document.getElementById(id);
  const context = canvas.getContext("2d");
  return { id, canvas, context, width: 0, height: 0, plot: 0 };
}

function fit(pane) {
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  pane.width = pane.canvas.clientWidth;
  pane.height = pane.canvas.clientHeight;
  pane.plot = Math.max(pane.width - (pane.width < NARROW ? 58 : 68), 10);
  pane.canvas.width = Math.round(pane.width * ratio);
  pane.canvas.height = Math.round(pane.height * ratio);
  pane.context.setTransform(ratio, 0, 0, ratio, 0, 0);
}

function xOf(pane, minute) {
  return ((minute - view.from) / (view.to - view.from)) * pane.plot;
}

function minuteAt(pane, x) {
  return view.from + (x / pane.plot) * (view.to - view.from);
}

// Clears the pane, sets its scale of values, draws grid and labels; what is drawn next stays inside the plot.
function begin(pane, low, high, { label, top = 10, bottom = 6 }) {
  const { context: c, width, height, plot } = pane;
  if (!(high > low)) [low, high] = Number.isFinite(low) ? [low - (Math.abs(low) * 0.001 || 0.001), high + (Math.abs(high) * 0.001 || 0.001)] : [0, 1];
  pane.yOf = (value) => height - bottom - ((value - low) / (high - low)) * (height - top - bottom);
  pane.valueAt = (y) => low + ((height - bottom - y) / (height - top - bottom)) * (high - low);
  c.clearRect(0, 0, width, height);
  c.font = FONT;
  c.lineWidth = 1;
  c.textBaseline = "middle";
  drawSamples(pane);
  c.fillStyle = colours.rule;
  for (const [minute] of timeTicks(view.from, view.to, plot / 90)) c.fillRect(Math.round(xOf(pane, minute)), 0, 1, height);
  const { ticks, digits } = valueTicks(low, high, (height - top - bottom) / 38);
  pane.label = (value) => label(value, digits);
  c.textAlign = "left";
  for (const tick of ticks) {
    const y = Math.round(pane.yOf(tick));
    c.fillStyle = colours.rule;
    c.fillRect(0, y, plot, 1);
    c.fillStyle = colours.muted;
    c.fillText(label(tick, digits), plot + 7, Math.min(Math.max(y, 7), height - 7));
  }
  c.save();
  c.beginPath();
  c.rect(0, 0, plot, height);
  c.clip();
}

function end(pane) {
  pane.context.restore();
  drawCursor(pane);
}

// Minutes that the choice was judged by are tinted; those of every range begin at a line.
function drawSamples(pane) {
  const c = pane.context;
  const starts = new Map();
  for (const [from] of charts.in_sample) starts.set(from, "in-sample");
  for (const [from, to] of charts.out_of_sample) {
    starts.set(from, "out-of-sample");
    const x = Math.max(xOf(pane, from), 0);
    c.fillStyle = colours.out;
    c.fillRect(x, 0, Math.max(Math.min(xOf(pane, to), pane.plot) - x, 0), pane.height);
  }
  c.fillStyle = colours.muted;
  c.textAlign = "left";
  for (const [from, name] of starts) {
    const x = xOf(pane, from);
    if (x < 0 || x > pane.plot) continue;
    c.fillRect(Math.round(x), 0, 1, pane.height);
    if (pane.id === "price") c.fillText(name, x + 6, 9);
  }
}

function drawCursor(pane) {
  if (view.cursor === null) return;
  const c = pane.context;
  const x = Math.round(xOf(pane, view.cursor));
  if (x < 0 || x > pane.plot) return;
  c.fillStyle = colours.muted;
  c.fillRect(x, 0, 1, pane.height);
  if (view.pointer && view.pointer.pane === pane) {
    const y = view.pointer.y;
    c.fillRect(0, Math.round(y), pane.plot, 1);
    tag(pane, pane.label(pane.valueAt(y)), y);
  }
}

function tag(pane, text, y) {
  const c = pane.context;
  if (!text) return;
  c.textAlign = "left";
  const wide = c.measureText(text).width + 8;
  c.fillStyle = colours.ink;
  c.fillRect(pane.plot + 2, y - 8, wide, 16);
  c.fillStyle = colours.paper;
  c.fillText(text, pane.plot + 6, y);
}
