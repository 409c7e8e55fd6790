// Lines of one value a minute, with the lowest and highest of every 4, 16, 64 … values: a pixel looks at a few of them.

const FACTOR = 4;

function lineOf(minute, value, low = value, high = value) {
  const levels = [{ size: 1, low, high }];
  while (levels[levels.length - 1].low.length > FACTOR) levels.push(halved(levels[levels.length - 1]));
  return { minute, value, levels };
}

function halved({ size, low, high }) {
  const count = Math.ceil(low.length / FACTOR);
  const made = { size: size * FACTOR, low: new Float64Array(count), high: new Float64Array(count) };
  for (let i = 0; i < count; i++) {
    let least = Infinity;
    let most = -Infinity;
    for (let j = i * FACTOR; j < Math.min((i + 1) * FACTOR, low.length); j++) {
      if (low[j] < least) least = low[j];
      if (high[j] > most) most = high[j];
    }
    made.low[i] = least;
    made.high[i] = most;
  }
  return made;
}

// Indices of the values in view, one more at either side so that the line runs out of the picture.
function inView(line, from, to) {
  const first = Math.max(lowerBound(line.minute, from) - 1, 0);
  return [first, Math.min(lowerBound(line.minute, to) + 1, line.minute.length)];
}

function extent(line, from, to) {
  let [at, end] = inView(line, from, to);
  let low = Infinity;
  let high = -Infinity;
  while (at < end) {
    let level = line.levels.length - 1; // the widest that begins here and does not reach beyond the end
    while (level > 0 && (at % line.levels[level].size || at + line.levels[level].size > end)) level--;
    const { size, low: lows, high: highs } = line.levels[level];
    low = Math.min(low, lows[at / size]);
    high = Math.max(high, highs[at / size]);
    at += size;
  }
  return [low, high];
}

// Calls draw(x, first, lowest, highest, last, index of the first) once for every column of pixels that has values.
function eachColumn(line, from, to, xOf, pixels, draw) {
  const [start, end] = inView(line, from, to);
  const perPixel = (end - start) / pixels;
  let k = 0;
  while (k + 1 < line.levels.length && line.levels[k + 1].size * 2 <= perPixel) k++;
  const { size, low, high } = line.levels[k];
  let column = null;
  for (let i = Math.floor(start / size); i * size < end; i++) {
    const x = Math.round(xOf(line.minute[i * size]));
    const last = line.value[Math.min((i + 1) * size, line.value.length) - 1];
    if (column && column.x === x) {
      if (low[i] < column.low) column.low = low[i];
      if (high[i] > column.high) column.high = high[i];
      column.last = last;
    } else {
      if (column) draw(column.x, column.first, column.low, column.high, column.last, column.index);
      column = { x, first: line.value[i * size], low: low[i], high: high[i], last, index: i * size };
    }
  }
  if (column) draw(column.x, column.first, column.low, column.high, column.last, column.index);
}

// The value that holds at a minute: that of the last one at or before it.
function valueAt(line, minute) {
  const index = lowerBound(line.minute, minute + 1) - 1;
  return index < 0 ? NaN : line.value[index];
}
