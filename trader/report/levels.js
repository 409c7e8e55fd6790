// Stops and take-profits of what was held, as they moved.

const LEVELS = { stop: "loss", target: "gain" };

// The minutes from which on both levels hold, 0 for none.
function levelsOf(symbol) {
  const packed = charts.levels[symbol];
  if (!packed) return { minute: new Float64Array(0), stop: new Float64Array(0), target: new Float64Array(0) };
  const { step } = packed;
  return { minute: unpackSteps(packed.minutes), stop: unpackSteps(packed.stops, step), target: unpackSteps(packed.targets, step) };
}

// The level that the bar of a minute met, 0 for none.
function levelAt(levels, name, minute) {
  const index = lowerBound(levels.minute, Math.floor(minute) + 1) - 1;
  return index < 0 ? 0 : levels[name][index];
}

function changesInView(levels) {
  return [Math.max(lowerBound(levels.minute, view.from) - 1, 0), lowerBound(levels.minute, view.to)];
}

// Lowest and highest of those levels in view that are shown and lie between two prices: others are too far to be seen.
function levelExtent(levels, least, most) {
  let [low, high] = [Infinity, -Infinity];
  const [start, end] = changesInView(levels);
  for (const name of Object.keys(LEVELS).filter((each) => view.lines[each])) {
    for (let i = start; i < end; i++) {
      const level = levels[name][i];
      if (level < least || level > most) continue;
      if (level < low) low = level;
      if (level > high) high = level;
    }
  }
  return [low, high];
}

// Steps of at least a pixel: of a level that moves oftener its places are drawn, not its ways.
function drawLevels(pane, levels) {
  const { context: c, yOf } = pane;
  const [start, end] = changesInView(levels);
  c.setLineDash([4, 3]);
  c.lineWidth = 1.25;
  for (const [name, colour] of Object.entries(LEVELS)) {
    if (!view.lines[name]) continue;
    let drawn = -Infinity;
    c.strokeStyle = colours[colour];
    c.beginPath();
    for (let i = start; i < end; i++) {
      const x = xOf(pane, levels.minute[i]);
      const right = xOf(pane, i + 1 < levels.minute.length ? levels.minute[i + 1] : view.to);
      if (levels[name][i] <= 0 || right - drawn < 1) continue;
      const y = Math.round(yOf(levels[name][i])) + 0.5;
      if (i > start && levels[name][i - 1] > 0 && drawn === x) c.lineTo(x, y);
      else c.moveTo(x, y);
      c.lineTo(right, y);
      drawn = right;
    }
    c.stroke();
  }
  c.setLineDash([]);
}
