// Candles of every width that is ever drawn, each made of narrower ones: a picture never touches more than some hundred.

const WIDTHS = [1, 3, 5, 15, 30, 60, 120, 240, 360, 480, 720, 1440, 4320, 10080, 40320];
const WEEK = 10080;
const MONDAY = 4 * 1440; // 1970-01-01 was a Thursday
const NARROWEST_PIXELS = 3;

function widthName(width) {
  if (width < 60) return `${width} min`;
  if (width < 1440) return `${width / 60} h`;
  return width < WEEK ? `${width / 1440} d` : `${width / WEEK} w`;
}

// `epoch` is the minute since 1970 at which the page counts from 0: widths are aligned to clock and calendar.
function wider(candles, width, epoch) {
  const shift = epoch - (width >= WEEK ? MONDAY : 0);
  const size = Math.min(candles.minute.length, Math.ceil(span(candles) / width) + 2);
  const made = { width, minute: new Int32Array(size), open: new Float64Array(size), high: new Float64Array(size),
    low: new Float64Array(size), close: new Float64Array(size) };
  let at = -1;
  let end = -Infinity;
  for (let i = 0; i < candles.minute.length; i++) {
    if (candles.minute[i] >= end) {
      at++;
      made.minute[at] = Math.floor((candles.minute[i] + shift) / width) * width - shift;
      end = made.minute[at] + width;
      made.open[at] = candles.open[i];
      made.high[at] = candles.high[i];
      made.low[at] = candles.low[i];
    }
    if (candles.high[i] > made.high[at]) made.high[at] = candles.high[i];
    if (candles.low[i] < made.low[at]) made.low[at] = candles.low[i];
    made.close[at] = candles.close[i];
  }
  for (const name of ["minute", "open", "high", "low", "close"]) made[name] = made[name].subarray(0, at + 1);
  return made;
}

function span(candles) {
  const minutes = candles.minute;
  return minutes.length ? minutes[minutes.length - 1] - minutes[0] + charts.bar : 0;
}

function candleLevels(candles, epoch) {
  const levels = [{ width: charts.bar, ...candles }];
  for (const width of WIDTHS.filter((each) => each > charts.bar && each % charts.bar === 0)) {
    const finer = levels.filter((level) => width % level.width === 0).pop();
    levels.push(wider(finer, width, epoch));
  }
  return levels;
}

// The narrowest candles that can still be told apart, and are no narrower than asked for.
function levelFor(levels, pixelsPerMinute, narrowest = 0) {
  const wide = (level) => level.width >= narrowest && level.width * pixelsPerMinute >= NARROWEST_PIXELS;
  return levels.find(wide) || levels[levels.length - 1];
}

// The first index whose value is not below `value`.
function lowerBound(sorted, value) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
