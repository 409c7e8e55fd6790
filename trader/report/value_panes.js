// The strategy's values over the candles, in panes of their own and as marks, with their names to click on.

const FLAG_HEIGHT = 14;
const TONES = 8;
const FAR_ALPHA = 0.6;
const byPane = fieldsByPane();

// The colour of a field: its place among those of its pane.
function toneOf(index) {
  return colours[`v${(byPane.get(fields[index].pane).indexOf(index) % TONES) + 1}`];
}

function shownOf(pane) {
  return (byPane.get(pane) || []).filter((index) => view.lines[fields[index].line]);
}

function startValues() {
  for (const field of fields) view.lines[field.line] = field.pane < PANES_SHOWN;
  nameFields(document.getElementById("over-price"), OVER_PRICE);
  const below = document.getElementById("value-panes");
  for (const number of [...byPane.keys()].filter((each) => each !== OVER_PRICE).sort((a, b) => a - b)) {
    const names = made("p", "", { className: "readout" });
    const canvas = document.createElement("canvas");
    canvas.id = `pane-${number}`;
    canvas.className = number === FLAGS ? "flags" : "values";
    if (number === FLAGS) canvas.style.height = `${byPane.get(FLAGS).length * FLAG_HEIGHT + 8}px`;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", byPane.get(number).map((index) => fields[index].name).join(", "));
    nameFields(names, number);
    below.append(names, canvas);
    panes[canvas.id] = paneOf(canvas.id);
  }
}

function nameFields(place, number) {
  for (const index of byPane.get(number) || []) {
    const button = made("button", `${fields[index].name.replaceAll("_", " ")} `, { type: "button", className: "value" });
    button.dataset.line = fields[index].line;
    button.setAttribute("aria-pressed", String(view.lines[fields[index].line]));
    button.style.setProperty("--tone", `var(--v${(byPane.get(number).indexOf(index) % TONES) + 1})`);
    const number_ = made("b", "", { id: `at-${fields[index].line}` });
    button.append(number_);
    place.append(button);
  }
}

function drawValuePanes() {
  const { values } = market[view.symbol];
  for (const number of byPane.keys()) {
    if (number === OVER_PRICE) continue;
    const pane = panes[`pane-${number}`];
    const shown = shownOf(number);
    if (pane.canvas.hidden !== !shown.length) {
      pane.canvas.hidden = !shown.length;
      fit(pane);
    }
    if (shown.length) (number === FLAGS ? drawFlags : drawOwnPane)(pane, values, shown);
  }
}

function drawOwnPane(pane, values, shown) {
  const [low, high] = extentOf(values, shown);
  begin(pane, low, high, { label: (value, digits) => sized(value, Math.max(digits, 0)) });
  drawValues(pane, values, shown);
  end(pane);
}

function extentOf(values, shown) {
  const ends = shown.map((index) => extent(values[index], view.from, view.to));
  return [Math.min(...ends.map((each) => each[0])), Math.max(...ends.map((each) => each[1]))];
}

function drawValues(pane, values, shown) {
  pane.context.lineJoin = "round";
  const isFar = (view.to - view.from) / interval > 3 * pane.plot; // whole bands of closes would hide what is below
  pane.context.lineWidth = isFar ? 1 : 1.5;
  pane.context.globalAlpha = isFar ? FAR_ALPHA : 1;
  for (const index of shown) drawValue(pane, values[index], toneOf(index));
  pane.context.globalAlpha = 1;
}

function drawValue(pane, line, colour) {
  const { context: c, yOf } = pane;
  let before = -1; // index at which the column before began
  c.strokeStyle = colour;
  c.beginPath();
  eachColumn(line, view.from, view.to, (minute) => xOf(pane, minute), pane.plot, (x, first, low, high, last, index) => {
    const gap = lowerBound(line.gaps, before + 1);
    const isAfterGap = before < 0 || (gap < line.gaps.length && line.gaps[gap] <= index);
    if (isAfterGap) c.moveTo(x - 0.75, yOf(first)); // a value alone between two gaps is a dot
    c.lineTo(x, yOf(first));
    if (low < high) {
      c.lineTo(x, yOf(high));
      c.lineTo(x, yOf(low));
      c.lineTo(x, yOf(last));
    }
    before = index;
  });
  c.stroke();
}

// A row a flag: marked where it is not 0, below 0 in the colour of a loss.
function drawFlags(pane, values, shown) {
  const { context: c } = pane;
  begin(pane, 0, 1, { label: () => "", top: 4, bottom: 4 });
  const wide = Math.max((interval / (view.to - view.from)) * pane.plot, 2);
  shown.forEach((index, row) => {
    const y = 4 + row * FLAG_HEIGHT;
    eachColumn(values[index], view.from, view.to, (minute) => xOf(pane, minute), pane.plot, (x, first, low, high) => {
      if (low === 0 && high === 0) return;
      c.fillStyle = low < 0 ? colours.loss : toneOf(index);
      c.fillRect(x - wide / 2, y + 2, wide, FLAG_HEIGHT - 4);
    });
  });
  end(pane);
}

function tellValues(at) {
  const { values, held } = market[view.symbol];
  fields.forEach((field, index) => {
    document.getElementById(`at-${field.line}`).textContent = seenText(values[index], at);
  });
  for (const name of Object.keys(LEVELS)) {
    const level = levelAt(held, name, at);
    document.getElementById(`at-${name}`).textContent = level ? levelText(level) : "\u2013";
  }
}

function levelText(level) {
  const { decimals } = market[view.symbol];
  return fixed(level, Math.min(Math.max(decimals, 3 - Math.floor(Math.log10(level))), MOST_DECIMALS));
}
