// Wheel, drag, pinch, keys and buttons.

const CLICK_PIXELS = 4;
const KEYS = {
  ArrowLeft: () => pan(-(view.to - view.from) * 0.15),
  ArrowRight: () => pan((view.to - view.from) * 0.15),
  "+": () => zoom(1 / 1.6),
  "=": () => zoom(1 / 1.6),
  "-": () => zoom(1.6),
  Home: lookAtAll,
  0: lookAtAll,
  n: () => chooseNext(1),
  p: () => chooseNext(-1),
  Escape: () => choose(null),
};

function listen(pane) {
  const fingers = new Map();
  let start = null;
  pane.canvas.addEventListener("wheel", (event) => onWheel(pane, event), { passive: false });
  pane.canvas.addEventListener("pointerdown", (event) => {
    pane.canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, event.offsetX);
    start = fingers.size === 1 ? { x: event.offsetX, from: view.from, to: view.to, hasMoved: false } : null;
  });
  pane.canvas.addEventListener("pointermove", (event) => {
    const before = [...fingers.values()];
    if (fingers.has(event.pointerId)) fingers.set(event.pointerId, event.offsetX);
    const now = [...fingers.values()];
    if (now.length === 2) pinch(pane, before, now);
    else if (start) drag(pane, start, event.offsetX);
    point(pane, event.offsetX, event.offsetY);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    pane.canvas.addEventListener(name, (event) => {
      fingers.delete(event.pointerId);
      if (name === "pointerup" && start && !start.hasMoved) click(pane, event.offsetX);
      start = null;
    });
  }
  pane.canvas.addEventListener("pointerleave", () => {
    if (!fingers.size) forget();
  });
}

// Fully zoomed out, a wheel that would zoom further out scrolls the page as ever.
function onWheel(pane, event) {
  const isSideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
  if (!isSideways && event.deltaY > 0 && isWhole()) return;
  event.preventDefault();
  const pixels = event.deltaMode === 1 ? 16 : 1;
  if (isSideways) pan(((event.deltaX * pixels) / pane.plot) * (view.to - view.from));
  else zoom(Math.exp(Math.max(Math.min(event.deltaY * pixels, 240), -240) * 0.002), minuteAt(pane, Math.min(event.offsetX, pane.plot)));
}

function drag(pane, start, x) {
  if (Math.abs(x - start.x) > CLICK_PIXELS) start.hasMoved = true;
  const minutes = ((start.x - x) / pane.plot) * (start.to - start.from);
  if (start.hasMoved) look(start.from + minutes, start.to + minutes);
}

// The minutes under both fingers stay under them.
function pinch(pane, before, now) {
  const [was, is] = [Math.abs(before[0] - before[1]), Math.abs(now[0] - now[1])];
  if (was < 10 || is < 10) return;
  zoom(was / is, minuteAt(pane, (before[0] + before[1]) / 2));
  pan((((before[0] + before[1]) / 2 - (now[0] + now[1]) / 2) / pane.plot) * (view.to - view.from));
}

function point(pane, x, y) {
  view.cursor = x <= pane.plot ? minuteAt(pane, x) : null;
  view.pointer = { pane, y };
  redrawSoon();
}

function forget() {
  view.cursor = null;
  view.pointer = null;
  redrawSoon();
}

// The trade of the shown symbol at this place, within some pixels; of the parts of a position the one that ended next.
function tradeNear(pane, x) {
  const reach = (6 / pane.plot) * (view.to - view.from);
  const minute = minuteAt(pane, x);
  const { entries, trades: own } = market[view.symbol];
  const last = lowerBound(entries, minute + reach) - 1;
  if (last < 0) return null;
  const parts = own.slice(lowerBound(entries, entries[last]), last + 1).sort((one, other) => trades.exit[one] - trades.exit[other]);
  return parts.find((trade) => trades.exit[trade] + charts.bar + reach >= minute) ?? null;
}

function click(pane, x) {
  if (pane.id === "price") choose(tradeNear(pane, x), true);
}

function listenOverview(pane) {
  const move = (event) => {
    const [least, most] = limits;
    const middle = least + (event.offsetX / pane.width) * (most - least);
    const half = (view.to - view.from) / 2;
    if (!isWhole()) look(middle - half, middle + half);
  };
  pane.canvas.addEventListener("pointerdown", (event) => {
    pane.canvas.setPointerCapture(event.pointerId);
    move(event);
  });
  pane.canvas.addEventListener("pointermove", (event) => {
    if (event.buttons) move(event);
  });
}

function listenControls(stage) {
  const actions = { in: () => zoom(0.5), out: () => zoom(2), left: KEYS.ArrowLeft, right: KEYS.ArrowRight, all: lookAtAll,
    next: KEYS.n, previous: KEYS.p };
  for (const button of stage.querySelectorAll("[data-action]")) {
    button.addEventListener("click", () => actions[button.dataset.action]());
  }
  for (const button of stage.querySelectorAll("[data-minutes]")) {
    const minutes = Number(button.dataset.minutes);
    button.hidden = minutes >= limits[1] - limits[0] || minutes < NARROWEST_BARS * charts.bar;
    button.addEventListener("click", () => lookAtLength(Number(button.dataset.minutes)));
  }
  for (const button of stage.querySelectorAll("[data-line]")) {
    button.addEventListener("click", () => {
      view.lines[button.dataset.line] = !view.lines[button.dataset.line];
      button.setAttribute("aria-pressed", String(view.lines[button.dataset.line]));
      redrawSoon();
    });
  }
  stage.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(KEYS, event.key)) return;
    event.preventDefault();
    KEYS[event.key]();
    if (event.key !== "n" && event.key !== "p") say(`${momentOf(view.from)} to ${momentOf(view.to)}`);
  });
}
