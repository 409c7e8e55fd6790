#!/usr/bin/env bash
# Expected: an indicator library returns doubles; rounding is for display. `rsi < 30` asks about the RSI.
# Happens: npm technicalindicators rounds RSI (and MFI) to two decimals inside the generator, so 29.9976 is 30, and computes
#   StochasticRSI from the rounded values: over a long period in a calm market, where RSI moves by hundredths, it is a
#   staircase that is off by 16 points. Bollinger bands, MACD and EMA beside it are not rounded.
# Matters: the same rule on the same candles in Python and in Node trades on other bars: few (12 in 200,000 here), and no
#   test "equal to two decimals" ever shows them. Thresholds are whole numbers: just where the rounding lands.
# Version: technicalindicators 3.1.0 (npm), node 18 or later.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
npm install --silent --no-audit --no-fund --no-update-notifier --prefix "$work" technicalindicators@3.1.0 >/dev/null
NODE_PATH=$work/node_modules node - <<'JS'
const assert = require("assert");
const { MFI, RSI, StochasticRSI } = require("technicalindicators");
const { version } = require("technicalindicators/package.json");

function closes(count, size, seed) {
  const values = [100];
  for (let state = seed; values.length < count; ) {
    state = (state * 16807) % 2147483647;
    values.push(values[values.length - 1] * (1 + size * (state / 2147483647 - 0.5)));
  }
  return values;
}

function wilder(values, period) {
  const result = [];
  let gain = 0, loss = 0;
  for (let bar = 1; bar < values.length; bar++) {
    const move = values[bar] - values[bar - 1];
    const [up, down] = [Math.max(move, 0), Math.max(-move, 0)];
    if (bar <= period) { gain += up / period; loss += down / period; }
    else { gain += (up - gain) / period; loss += (down - loss) / period; }
    if (bar >= period) result.push(100 - 100 / (1 + gain / loss));
  }
  return result;
}

const prices = closes(200000, 0.02, 1);
const theirs = RSI.calculate({ values: prices, period: 14 });
const exact = wilder(prices, 14);
const furthest = Math.max(...exact.slice(0, 100000).map((value, bar) => Math.abs(value - theirs[bar])));
const wrong = exact.filter((value, bar) => value < 30 !== theirs[bar] < 30 || value > 70 !== theirs[bar] > 70).length;
const example = exact.findIndex((value, bar) => value < 30 && theirs[bar] >= 30);

// A calm market, whose RSI over a long period moves by hundredths only.
const calm = closes(4000, 0.0001, 7);
const steady = wilder(calm, 1000);
const window = 5;
const stochastic = steady.slice(window - 1).map((value, bar) => {
  const last = steady.slice(bar, bar + window);
  return (100 * (value - Math.min(...last))) / (Math.max(...last) - Math.min(...last));
});
const input = { values: calm, rsiPeriod: 1000, stochasticPeriod: window, kPeriod: 1, dPeriod: 1 };
const stairs = StochasticRSI.calculate(input).map((point) => point.stochRSI);
const jump = Math.max(...stochastic.map((value, bar) => Math.abs(value - stairs[bar])).filter(Number.isFinite));

console.log(`technicalindicators ${version}: largest distance to the unrounded RSI ${furthest.toFixed(6)}`);
const [own, other] = [exact[example].toFixed(6), theirs[example]];
console.log(`bar ${example}: RSI ${own}, theirs ${other}; StochRSI off by up to ${jump.toFixed(1)}`);
const bars = { high: calm.map((v) => v * 1.001), low: calm.map((v) => v * 0.999), close: calm, volume: prices.slice(0, 4000) };
const flow = MFI.calculate({ ...bars, period: 14 });
assert(flow.length > 3000 && flow.every((value) => value === Number(value.toFixed(2))), "MFI is no longer rounded");
assert(furthest > 0.0049 && furthest < 0.0050001, `${furthest}`);
assert(example >= 0 && theirs[example] === 30);
assert(wrong >= 10, `${wrong}`);
assert(jump > 5, `${jump}`);
console.log(`FOUND: RSI is rounded to 0.01; ${wrong} of ${exact.length} bars are on the wrong side of 30 or 70`);
JS
