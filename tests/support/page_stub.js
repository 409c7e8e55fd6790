// As much of a browser as the report's script asks for: elements by id and selector, canvases that note what is drawn.

const SIZES = { price: [1000, 400], equity: [1000, 240], fall: [1000, 130], times: [1000, 20], overview: [1000, 44] };
const frames = [];
const everything = [];

class Element {
  constructor(tag, attributes = {}) {
    Object.assign(this, { tag, attributes, children: [], parent: null, listeners: {}, hidden: false, value: "" });
    this.dataset = {};
    this.style = { setProperty: (name, value) => { this.style[name] = value; } };
    this.classList = { add() {}, toggle() {} };
    this.textContent = "";
    for (const [name, value] of Object.entries(attributes)) if (name.startsWith("data-")) this.dataset[camel(name.slice(5))] = value;
    everything.push(this);
  }
  get id() { return this.attributes.id; }
  set id(value) { this.attributes.id = value; }
  set innerHTML(value) { throw new Error(`innerHTML is never set: ${value}`); }
  get clientWidth() { return this.hidden ? 0 : (SIZES[this.id] || [1000, 120])[0]; }
  get clientHeight() { return this.hidden ? 0 : (SIZES[this.id] || [1000, 120])[1]; }
  setAttribute(name, value) { this.attributes[name] = value; }
  getAttribute(name) { return this.attributes[name] ?? null; }
  removeAttribute(name) { delete this.attributes[name]; }
  append(...nodes) { for (const node of nodes) { node.parent = this; this.children.push(node); } }
  replaceChildren(...nodes) { this.children = []; this.append(...nodes); }
  closest(tag) { return this.tag === tag || !this.parent ? this : this.parent.closest(tag); }
  addEventListener(name, act) { (this.listeners[name] ??= []).push(act); }
  fire(name, event = {}) { for (const act of this.listeners[name] || []) act(event); frame(); }
  scrollIntoView() {}
  setPointerCapture() {}
  querySelectorAll(selector) { return everything.filter((each) => matches(each, selector) && isUnder(each, this)); }
  querySelector(selector) { return this.querySelectorAll(selector)[0] || null; }
  getContext() { return (this.context ??= contextOf(this)); }
}

function camel(name) { return name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase()); }
function dashed(name) { return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`); }
function isUnder(element, root) {
  for (let at = element; at; at = at.parent) if (at === root) return true;
  return false;
}
function matchesOne(element, part) {
  const [, tag, id, name, , value] = /^(\w+)?(?:#([\w-]+))?(?:\[([\w-]+)(="([^"]*)")?\])?$/.exec(part);
  if (tag && element.tag !== tag) return false;
  if (id && element.id !== id) return false;
  if (!name) return true;
  const held = Object.entries(element.dataset).find(([key]) => `data-${dashed(key)}` === name);
  return held !== undefined && (value === undefined || String(held[1]) === value);
}
function matches(element, selector) {
  const parts = selector.split(" ");
  if (!matchesOne(element, parts.pop())) return false;
  let at = element.parent;
  while (parts.length) {
    while (at && !matchesOne(at, parts[parts.length - 1])) at = at.parent;
    if (!at) return false;
    parts.pop();
    at = at.parent;
  }
  return true;
}

// Every call with what colours and text were set then.
function contextOf(canvas) {
  const state = { calls: [], measureText: (text) => ({ width: 6 * text.length }) };
  return new Proxy(state, {
    get(target, name) {
      if (name in target) return target[name];
      return (...given) => {
        const { fillStyle, strokeStyle, textAlign, globalAlpha } = target;
        target.calls.push({ name, given, fillStyle, strokeStyle, textAlign, globalAlpha, canvas: canvas.id });
      };
    },
    set(target, name, value) { target[name] = value; return true; },
  });
}

function frame() { while (frames.length) frames.shift()(); }

function treeOf(html) {
  const body = new Element("html");
  let at = body;
  for (const [, close, tag, rest, text] of html.matchAll(/<(\/)?([a-z][a-z0-9]*)([^>]*)>|([^<]+)/g)) {
    if (text !== undefined || !tag) continue;
    if (close) { at = at.parent || body; continue; }
    const attributes = {};
    for (const [, name, value] of rest.matchAll(/([a-z-]+)(?:="([^"]*)")?/g)) attributes[name] = value ?? "";
    const element = new Element(tag, attributes);
    at.append(element);
    if (!["br", "hr", "meta"].includes(tag)) at = element;
  }
  return body;
}

const page = require("fs").readFileSync(0, "utf8");
const root = treeOf(page.slice(page.indexOf("<main>"), page.indexOf("</main>") + 7));
globalThis.window = globalThis;
globalThis.devicePixelRatio = 1;
globalThis.document = {
  documentElement: root,
  getElementById(id) {
    if (id === "charts") return { textContent: /id="charts">(.*?)<\/script>/s.exec(page)[1] };
    return everything.find((each) => each.id === id) || null;
  },
  createElement: (tag) => new Element(tag),
  querySelector: (selector) => root.querySelector(selector),
  querySelectorAll: (selector) => root.querySelectorAll(selector),
};
globalThis.getComputedStyle = () => ({ getPropertyValue: (name) => name.slice(2) });
globalThis.requestAnimationFrame = (act) => frames.push(act);
globalThis.ResizeObserver = class { observe() {} };
globalThis.matchMedia = () => ({ addEventListener() {} });
globalThis.addEventListener = () => {};
globalThis.drawn = (id) => {
  const { context } = document.getElementById(id);
  const { calls } = context;
  context.calls = [];
  return calls;
};
eval(/<script>\n(.*?)<\/script>\n<\/body>/s.exec(page)[1]);
frame();
