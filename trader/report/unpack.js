// The other end of packing.py: text becomes typed arrays.

function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

// Whole numbers in base 128. Sums and not shifts: JavaScript shifts 32 bits only, and equity in small units has more.
function unpackWholes({ count, data }) {
  const bytes = bytesOf(data);
  const numbers = new Float64Array(count);
  let at = 0;
  for (let i = 0; i < count; i++) {
    let byte = bytes[at++];
    let value = byte & 127;
    for (let scale = 128; byte > 127; scale *= 128) {
      byte = bytes[at++];
      value += (byte & 127) * scale;
    }
    numbers[i] = value % 2 ? -(value + 1) / 2 : value / 2;
  }
  return numbers;
}

// Whole numbers in base 8, two parts to a byte, the high half first.
function unpackNibbles({ count, data }) {
  const bytes = bytesOf(data);
  const numbers = new Float64Array(count);
  let at = 0;
  for (let i = 0; i < count; i++) {
    let value = 0;
    for (let scale = 1, half = 8; half > 7; scale *= 8, at++) {
      half = at % 2 ? bytes[at >> 1] & 15 : bytes[at >> 1] >> 4;
      value += (half & 7) * scale;
    }
    numbers[i] = value % 2 ? -(value + 1) / 2 : value / 2;
  }
  return numbers;
}

// Sums of differences, in steps of a power of ten; negative powers divide, so that short decimals stay what they were.
function unpackSteps(packed, step = 0) {
  const values = unpackNibbles(packed);
  const unit = 10 ** Math.abs(step);
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    sum += values[i];
    values[i] = step < 0 ? sum / unit : sum * unit;
  }
  return values;
}

function unpackLine(line) {
  const values = unpackWholes(line);
  const unit = 10 ** line.decimals;
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    sum += values[i];
    values[i] = sum / unit;
  }
  return values;
}

function unpackMinutes(runs) {
  const minutes = new Int32Array(runs.reduce((sum, run) => sum + run[1], 0));
  let at = 0;
  for (const [start, count] of runs) for (let i = 0; i < count; i++) minutes[at++] = start + i * charts.bar;
  return minutes;
}

function unpackCandles(symbol) {
  const [open, close, high, low] = ["jump", "body", "above", "below"].map((name) => unpackWholes(symbol[name]));
  const unit = 10 ** symbol.decimals;
  let before = 0;
  for (let i = 0; i < open.length; i++) {
    const first = before + open[i];
    const last = first + close[i];
    high[i] = (Math.max(first, last) + high[i]) / unit;
    low[i] = (Math.min(first, last) - low[i]) / unit;
    open[i] = first / unit;
    close[i] = last / unit;
    before = last;
  }
  return { minute: unpackMinutes(symbol.runs), open, high, low, close };
}
