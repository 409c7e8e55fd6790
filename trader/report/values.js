// What the strategy saw of a symbol: a line for each of its values, with gaps where it was undefined. Nothing is drawn here.

const OVER_PRICE = -1;
const FLAGS = -2;
const PANES_SHOWN = 4; // the others wait for a click on their names

const fields = (charts.values ? charts.values.fields : []).map((field, index) => ({ ...field, line: `value-${index}` }));
const interval = charts.values ? charts.values.interval : charts.bar;

// The fields of every pane, by its number.
function fieldsByPane() {
  const panes = new Map();
  fields.forEach((field, index) => {
    if (!panes.has(field.pane)) panes.set(field.pane, []);
    panes.get(field.pane).push(index);
  });
  return panes;
}

function valuesOf(symbol) {
  if (!charts.values) return [];
  const { starts, lines } = charts.values.symbols[symbol];
  const minutes = starts ? unpackSteps(starts) : unpackMinutes(charts.symbols[symbol].runs);
  return lines.map((line) => valueLine(line, minutes, charts.values.together));
}

// `gaps` are the indices of what follows upon a gap; a value stands in the middle of the bars that it was seen at.
function valueLine(packed, starts, together) {
  const low = unpackSteps(packed.low, packed.step);
  const high = packed.over ? topped(low, packed) : low;
  const minute = new Float64Array(low.length);
  const gaps = [];
  const runs = unpackNibbles(packed.runs);
  let [at, first] = [0, 0];
  for (let run = 0; run < runs.length; run += 2) {
    first += runs[run];
    for (let i = 0; i < runs[run + 1]; i += together) {
      const last = Math.min(i + together, runs[run + 1]) - 1;
      minute[at] = (starts[first + i] + starts[first + last] + interval) / 2;
      if (i === 0 || starts[first + i] - starts[first + i - 1] > interval) gaps.push(at);
      at++;
    }
  }
  const value = packed.over ? low.map((each, i) => (each + high[i]) / 2) : low;
  return { ...lineOf(minute, value, low, high), gaps: Float64Array.from(gaps), digits: Math.max(-packed.step, 0) };
}

function topped(low, { over, step }) {
  const unit = 10 ** Math.abs(step);
  return unpackNibbles(over).map((more, i) => low[i] + (step < 0 ? more / unit : more * unit));
}

// What was seen of a value at the bar that a minute lies in: lowest and highest of those drawn together; null in a gap.
function seenAt(line, minute) {
  const reach = (interval * charts.values.together) / 2 + 1e-9;
  let at = lowerBound(line.minute, minute - reach);
  if (view.cursor === null && at === line.minute.length) at -= 1; // the end of the view may lie in a bar that is not over
  if (at < 0 || at >= line.minute.length || line.minute[at] > minute + reach) return null;
  return [line.levels[0].low[at], line.levels[0].high[at]];
}

function seenText(line, minute) {
  const seen = seenAt(line, minute);
  if (!seen) return "\u2013";
  const [low, high] = seen.map((value) => sized(value, line.digits));
  return low === high ? low : `${low} to ${high}`;
}

function sized(value, digits) {
  const isHuge = Math.abs(value) >= 1e9;
  return isHuge ? value.toExponential(3) : fixed(value, Math.min(digits, MOST_DECIMALS));
}
