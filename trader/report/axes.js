// Ticks, and numbers and times as they are read. Times are UTC.

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 240, 360, 720, 1440, 2880, 10080];
const MONTH_STEPS = [1, 2, 3, 6, 12, 24, 60];
const MONTH_MINUTES = 30.4 * 1440;

const formats = new Map();

function fixed(value, digits, signed = false) {
  if (!formats.has(digits)) {
    formats.set(digits, new Intl.NumberFormat("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits }));
  }
  const text = formats.get(digits).format(Math.abs(value));
  if (!/[1-9]/.test(text)) return text;
  return (value < 0 ? "\u2212" : signed ? "+" : "") + text;
}

function percent(fraction, digits = 2, signed = false) {
  return Number.isFinite(fraction) ? `${fixed(fraction * 100, digits, signed)}%` : "\u2013";
}

function two(number) {
  return String(number).padStart(2, "0");
}

function dateOf(minute) {
  return new Date(charts.first_ms + minute * 60000);
}

function momentOf(minute) {
  return dateOf(minute).toISOString().slice(0, 16).replace("T", " ");
}

function spanOf(minutes) {
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  const parts = days ? [[days, "d"], [hours % 24, "h"]] : [[hours, "h"], [minutes % 60, "min"]];
  return parts.filter(([amount]) => amount).map(([amount, unit]) => `${amount} ${unit}`).join(" ") || "0 min";
}

// At most `most` round values between low and high.
function valueTicks(low, high, most) {
  const rough = (high - low) / Math.max(most, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((each) => each >= rough) || 10 * power;
  const digits = Math.max(0, Math.ceil(-Math.log10(step) + (Math.abs(step / power - 2.5) < 1e-9 ? 1 : 0) - 1e-9));
  const ticks = [];
  for (let k = Math.ceil(low / step); k * step <= high; k++) ticks.push(k * step);
  return { ticks, digits };
}

function timeTicks(from, to, most) {
  const rough = (to - from) / Math.max(most, 1);
  const epoch = charts.first_ms / 60000;
  const step = TIME_STEPS.find((each) => each >= rough);
  const ticks = [];
  if (step) {
    for (let at = Math.ceil((from + epoch) / step) * step - epoch; at < to; at += step) ticks.push([at, timeName(at, step)]);
    return ticks;
  }
  const months = MONTH_STEPS.find((each) => each * MONTH_MINUTES >= rough) || 120;
  const start = dateOf(from);
  const first = Math.ceil((start.getUTCFullYear() * 12 + start.getUTCMonth()) / months) * months;
  for (let month = first; ; month += months) {
    const at = Date.UTC(Math.floor(month / 12), month % 12) / 60000 - epoch;
    if (at >= to) return ticks;
    if (at >= from) ticks.push([at, month % 12 ? MONTHS[month % 12] : String(month / 12)]);
  }
}

function timeName(minute, step) {
  const date = dateOf(minute);
  const midnight = date.getUTCHours() === 0 && date.getUTCMinutes() === 0;
  if (step >= 1440 || midnight) return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
}
