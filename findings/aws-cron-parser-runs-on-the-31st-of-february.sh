#!/usr/bin/env bash
# Expected: cron(59 23 31 * ? *) runs in months that have a 31st, cron(0 8 29 2 ? *) in leap years. AWS documents the fields as
#   Quartz-like; a day that a month lacks is no occurrence. A parser written for AWS expressions knows that.
# Happens: npm aws-cron-parser (some 100,000 downloads a week) lets the day roll over: after 31 January its `next` says
#   3 March, then 31 March, 1 May; for 29 February it says 1 March in each of three common years, a day that the expression
#   does not name. Its own `prev` disagrees: the last run before 20 March is 31 January.
# Matters: month-end jobs (fee statements, rebalancing, a monthly CSV for taxes) are planned, shown and monitored by such a
#   parser: an agent that asks "was there a run since?" raises a false alarm on 3 March, or waits for one that never comes.
# Version: aws-cron-parser 1.1.12 (npm).
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
npm install --silent --no-audit --no-fund --no-update-notifier --prefix "$work" aws-cron-parser@1.1.12 >/dev/null
NODE_PATH=$work/node_modules node - <<'JS'
const assert = require("assert");
const { parse, next, prev } = require("aws-cron-parser");
const { version } = require("aws-cron-parser/package.json");

const day = (date) => date.toISOString().slice(0, 10);

function occurrences(expression, count) {
  const cron = parse(expression);
  const found = [];
  for (let from = new Date("2025-01-01T00:00:00Z"); found.length < count; ) {
    from = next(cron, from);
    found.push(day(from));
  }
  return found;
}

console.log(`aws-cron-parser ${version}, from 2025-01-01:`);
const monthEnd = occurrences("59 23 31 * ? *", 6);
const leapDay = occurrences("0 8 29 2 ? *", 4);
const before = day(prev(parse("59 23 31 * ? *"), new Date("2025-03-20T00:00:00Z")));
console.log("  59 23 31 * ? *:", monthEnd.join(" "), "| last before 2025-03-20:", before);
console.log("  0 8 29 2 ? *:  ", leapDay.join(" "));
assert.deepStrictEqual(monthEnd.slice(0, 4), ["2025-01-31", "2025-03-03", "2025-03-31", "2025-05-01"]);
assert.deepStrictEqual(leapDay, ["2025-03-01", "2026-03-01", "2027-03-01", "2028-02-29"]);
const wrong = monthEnd.filter((date) => !date.endsWith("-31")).length;
console.log(`FOUND: ${wrong} of 6 runs "on the 31st" fall on another day, 3 of 4 "on 29 February" on 1 March`);
JS
