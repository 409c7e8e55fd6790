// The table of trades: sorted by any column, filtered, a page at a time; a trade's number leads to it in the chart.

const ROWS = 25;
const MOST_DECIMALS = 16;
const isInParts = () => new Set(trades.position).size < trades.position.length;
const list = { order: [], shown: ROWS, column: "number", isDescending: false, filters: {} };

const COLUMNS = [
  ["number", "#", (trade) => trade, null],
  ["position", "Position", (trade) => trades.position[trade], (value, trade) => partWords(trade)],
  ["symbol", "Symbol", (trade) => market[trades.symbol[trade]].name, "text"],
  ["entry", "Entry", (trade) => trades.entry[trade], (value) => momentOf(value)],
  ["exit", "Exit", (trade) => trades.exit[trade], (value) => momentOf(value)],
  ["held", "Held", (trade) => trades.exit[trade] - trades.entry[trade], (value) => spanOf(value)],
  ["entry_price", "Bought at", (trade) => trades.entry_price[trade], priced],
  ["exit_price", "Sold at", (trade) => trades.exit_price[trade], priced],
  ["quantity", "Quantity", (trade) => trades.quantity[trade], (value) => String(Number(value.toPrecision(8)))],
  ["return", "Return", (trade) => trades.return[trade], (value) => percent(value, 3, true)],
  ["pnl", "Profit", (trade) => trades.pnl[trade], (value) => money(value, true)],
  ["fees", "Fees", (trade) => trades.fees[trade], (value) => money(value)],
  ["entered", "Entry reason", (trade) => enteredOf(trade), "text"],
  ["reason", "Exit reason", (trade) => reasonOf(trade), "text"],
];

// The trades that closed parts of the position of this one, in the order of their exits.
function partsOf(trade) {
  partsOf.known ??= trades.position.reduce((known, position, each) => known.set(position, [...(known.get(position) || []), each]), new Map());
  return partsOf.known.get(trades.position[trade]);
}

function partWords(trade) {
  const parts = partsOf(trade);
  return parts.length > 1 ? `${trades.position[trade]}, part ${parts.indexOf(trade) + 1} of ${parts.length}` : String(trades.position[trade]);
}

function shownColumns() {
  return COLUMNS.filter(([name]) => name !== "position" || isInParts());
}

function money(value, signed = false) {
  const size = Math.abs(value);
  const isTiny = size > 1e-12 * charts.start_cash && size < 10 ** -charts.money_digits;
  return fixed(value, isTiny ? Math.min(1 - Math.floor(Math.log10(size)), MOST_DECIMALS) : charts.money_digits, signed);
}

function priced(value, trade) {
  const { decimals } = market[trades.symbol[trade]];
  const isOnGrid = Number(value.toFixed(decimals)) === value;
  const significant = 3 - Math.floor(Math.log10(value));
  return fixed(value, Math.min(isOnGrid ? decimals : Math.max(decimals, significant), MOST_DECIMALS));
}

function reasonOf(trade) {
  return trades.reasons[trades.reason[trade]].replaceAll("_", " ");
}

function enteredOf(trade) {
  return trades.reasons[trades.entered[trade]].replaceAll("_", " ");
}

function tradeWords(trade) {
  const held = spanOf(trades.exit[trade] - trades.entry[trade]);
  const part = partsOf(trade).length > 1 ? ` (position ${partWords(trade)})` : "";
  return `Trade ${trade + 1}${part}, ${market[trades.symbol[trade]].name}: bought ${momentOf(trades.entry[trade])} at ` +
    `${priced(trades.entry_price[trade], trade)} for ${enteredOf(trade)}, sold ${momentOf(trades.exit[trade])} at ${priced(trades.exit_price[trade], trade)} ` +
    `after ${held} for ${reasonOf(trade)}, ${percent(trades.return[trade], 2, true)}`;
}

function made(name, text, properties = {}) {
  const element = document.createElement(name);
  element.textContent = text;
  return Object.assign(element, properties);
}

function startTable() {
  const head = document.querySelector("#trades thead tr");
  if (isInParts()) list.column = "position";
  for (const [name, title, , words] of shownColumns()) {
    const cell = document.createElement("th");
    cell.scope = "col";
    if (words === "text") cell.className = "words";
    const button = made("button", title, { type: "button" });
    button.addEventListener("click", () => sortBy(name));
    cell.dataset.column = name;
    cell.append(button);
    head.append(cell);
  }
  fillFilter("symbol", market.map((symbol) => symbol.name));
  fillFilter("entered", [...new Set(trades.pnl.map((_, trade) => enteredOf(trade)))]);
  fillFilter("reason", [...new Set(trades.pnl.map((_, trade) => reasonOf(trade)))]);
  for (const filter of document.querySelectorAll("[data-filter]")) {
    filter.addEventListener("change", () => {
      list.filters[filter.dataset.filter] = filter.value;
      list.shown = ROWS;
      arrange();
    });
  }
  document.getElementById("more").addEventListener("click", () => {
    list.shown += ROWS * 4;
    writeRows();
  });
  arrange();
}

function fillFilter(name, options) {
  const filter = document.querySelector(`[data-filter="${name}"]`);
  for (const option of options) filter.append(made("option", option, { value: option }));
  filter.closest("label").hidden = options.length < 2;
}

function sortBy(column) {
  list.isDescending = list.column === column ? !list.isDescending : false;
  list.column = column;
  list.shown = ROWS;
  arrange();
}

function isWanted(trade) {
  const { result, entered, reason, symbol } = list.filters;
  if (result && (result === "won") !== trades.pnl[trade] > 0) return false;
  if (entered && enteredOf(trade) !== entered) return false;
  if (reason && reasonOf(trade) !== reason) return false;
  return !symbol || market[trades.symbol[trade]].name === symbol;
}

function arrange() {
  const [, , key] = COLUMNS.find(([name]) => name === list.column);
  const sign = list.isDescending ? -1 : 1;
  const keyed = trades.pnl.map((_, trade) => trade).filter(isWanted).map((trade) => [key(trade), trade]);
  keyed.sort(([a, i], [b, j]) => (a < b ? -sign : a > b ? sign : i - j));
  list.order = keyed.map(([, trade]) => trade);
  for (const cell of document.querySelectorAll("#trades th[data-column]")) {
    if (cell.dataset.column !== list.column) cell.removeAttribute("aria-sort");
    else cell.setAttribute("aria-sort", list.isDescending ? "descending" : "ascending");
  }
  writeRows();
}

function writeRows() {
  const rows = list.order.slice(0, list.shown).map(rowOf);
  document.querySelector("#trades tbody").replaceChildren(...rows);
  const [shown, fitting, all] = [rows.length, list.order.length, trades.pnl.length].map((number) => fixed(number, 0));
  document.getElementById("count").textContent =
    fitting === all ? `${shown} of ${all} shown` : `${shown} of ${fitting} that fit shown, ${all} in all`;
  document.getElementById("more").hidden = list.shown >= list.order.length;
}

function rowOf(trade) {
  const row = document.createElement("tr");
  const go = () => {
    choose(trade);
    stage.scrollIntoView({ block: "start" });
  };
  const parts = partsOf(trade);
  if (list.column === "position" && parts.length > 1) row.className = trade === parts[parts.length - 1] ? "part last" : "part";
  for (const [name, , key, words] of shownColumns()) {
    const value = key(trade);
    const cell = name === "number" ? document.createElement("th") : made("td", typeof words === "function" ? words(value, trade) : value);
    if (name === "number") {
      cell.scope = "row";
      const button = made("button", String(trade + 1), { type: "button", title: "Show it in the chart" });
      button.setAttribute("aria-label", `Show trade ${trade + 1} in the chart`);
      cell.append(button);
    }
    if (name === "return" || name === "pnl") cell.className = value > 0 ? "gain" : "loss";
    if (words === "text") cell.className = "words";
    row.append(cell);
  }
  row.addEventListener("click", go);
  return row;
}
