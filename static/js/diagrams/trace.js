/**
 * A trace as a sequence diagram, drawn over an ordered list that says the same in words: `mount(element)`.
 *
 * Lifelines stand left, the reasons right on the same rows. Solid: asked; dashed: watched; a square head: a runtime call.
 */
import { glyph } from "../lib/glyphs.js";
import { since } from "../lib/clock.js";
import { partOf } from "../lib/parts.js";
import { isStill } from "../lib/tokens.js";

const SVG = "http://www.w3.org/2000/svg";
const FIRST = 152;

export function mount(element) {
  return new TraceDiagram(element);
}

class TraceDiagram {
  constructor(element) {
    this.element = element;
    this.list = element.querySelector(".steps");
    this.rows = [...this.list.querySelectorAll("li")];
    this.lines = [...element.querySelectorAll(".life")];
    this.times();
    this.heads();
    this.keys();
    this.svg = document.createElementNS(SVG, "svg");
    this.svg.setAttribute("aria-hidden", "true");
    this.list.prepend(this.svg);
    this.draw();
    new ResizeObserver(() => this.draw()).observe(element);
    this.list.addEventListener("click", (event) => this.choose(event.target.closest("li")));
    this.list.addEventListener("keydown", (event) => this.move(event));
    element.querySelector("[data-replay]").addEventListener("click", () => this.replay());
    element.querySelector("[data-export]").addEventListener("click", (event) => this.save(event.currentTarget.dataset.name));
  }

  times() {
    const origin = Number(this.rows[0]?.dataset.time ?? 0);
    let band = false;
    for (const row of this.rows) {
      if (row.dataset.phase) band = !band;
      row.classList.toggle("band", band);
      row.querySelector(".at").textContent = since(Number(row.dataset.time), origin);
      const actor = row.dataset.kind === "watch" ? row.dataset.target : row.dataset.source;
      const part = partOf(this.partOfLine(actor));
      row.querySelector(".who").append(glyph(part.glyph, 16, `hue-${part.hue}`));
    }
  }

  partOfLine(key) {
    return this.lines.find((line) => line.dataset.line === key)?.dataset.part ?? key;
  }

  heads() {
    for (const line of this.lines) {
      const part = partOf(line.dataset.part);
      line.prepend(glyph(part.glyph, 15, `hue-${part.hue}`));
    }
  }

  keys() {
    for (const key of this.element.querySelectorAll(".key")) {
      const svg = document.createElementNS(SVG, "svg");
      svg.setAttribute("width", 38);
      svg.setAttribute("height", 12);
      svg.append(...arrow(2, 32, 6, key.dataset.key, "ink3"));
      key.prepend(svg);
    }
  }

  draw() {
    const width = this.element.querySelector(".trace-scroll").clientWidth;
    const why = parseFloat(getComputedStyle(this.element).getPropertyValue("--why"));
    const last = Math.max(FIRST + 96 * (this.lines.length - 1), width - why - 74);
    const gap = this.lines.length > 1 ? (last - FIRST) / (this.lines.length - 1) : 0;
    this.list.style.minWidth = this.element.querySelector(".lines-hd").style.minWidth = `${last + why + 60}px`;
    this.x = new Map(this.lines.map((line, i) => [line.dataset.line, FIRST + gap * i]));
    this.lines.forEach((line) => (line.style.left = `${this.x.get(line.dataset.line) - 20}px`));
    const height = this.list.scrollHeight;
    this.svg.setAttribute("width", last + 40);
    this.svg.setAttribute("height", height);
    this.svg.replaceChildren();
    for (const x of this.x.values()) this.svg.append(shape("path", { d: `M${x} 0V${height - 18}`, stroke: "var(--line)", "stroke-dasharray": "2 4", fill: "none" }));
    this.bars();
    this.rows.forEach((row, i) => this.svg.append(this.step(row, i)));
  }

  yOf(row) {
    return row.offsetTop + row.offsetHeight / 2;
  }

  /** A lifeline is a bar from its first message to its last. */
  bars() {
    for (const [key, x] of this.x) {
      const touched = this.rows.filter((row) => row.dataset.source === key || row.dataset.target === key);
      if (!touched.length || key === "user") continue;
      const top = this.yOf(touched[0]) - 10;
      const bottom = this.yOf(touched.at(-1)) + 12;
      const hue = partOf(this.partOfLine(key)).hue;
      this.svg.append(shape("rect", { x: x - 4, y: top, width: 8, height: bottom - top, rx: 2, fill: "var(--surface)", stroke: `var(--${hue})`, "stroke-width": 1.2 }));
    }
  }

  step(row, index) {
    const group = shape("g", { "data-at": index });
    const { source, target, kind, label } = row.dataset;
    const y = this.yOf(row) + 3;
    const direction = this.x.get(target) >= this.x.get(source) ? 1 : -1;
    const from = this.x.get(source) + (source === "user" ? 0 : 4 * direction);
    const to = this.x.get(target) - 4 * direction;
    const hue = partOf(this.partOfLine(source)).hue;
    if (source === target) return group;
    group.append(shape("circle", { cx: from, cy: y, r: 2.5, fill: `var(--${hue})` }), ...arrow(from, to, y, kind, hue, direction));
    const room = Math.abs(to - from);
    const wide = label.length * 6.6;
    const middle = room < 230 ? (from + to) / 2 : to - direction * (Math.max(wide, 60) / 2 + 24);
    const text = shape("text", { x: middle, y: y - 7, "text-anchor": "middle", class: "label", fill: `var(--${hue})` });
    text.textContent = label.length * 6.6 > room ? `${label.slice(0, Math.max(3, Math.floor(room / 6.6) - 1))}…` : label;
    group.append(text);
    return group;
  }

  choose(row, quiet = false) {
    if (!row) return;
    for (const other of this.rows) other.classList.toggle("on", other === row);
    if (!quiet) row.focus({ preventScroll: true });
  }

  move(event) {
    const at = this.rows.indexOf(event.target.closest("li"));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: this.rows.length - 1 }[event.key];
    if (at < 0 || !this.rows[to]) return;
    event.preventDefault();
    this.choose(this.rows[to]);
    this.rows[to].scrollIntoView({ block: "nearest" });
  }

  /** Shows the steps one after another; each waits as its own interval was, within bounds. */
  async replay() {
    const turn = (this.turn = (this.turn ?? 0) + 1);
    this.list.classList.add("playing");
    const groups = [...this.svg.querySelectorAll("g[data-at]")];
    for (const part of [...this.rows, ...groups]) part.classList.remove("done");
    for (const [i, row] of this.rows.entries()) {
      if (turn !== this.turn) return;
      row.classList.add("done");
      groups[i]?.classList.add("done");
      this.choose(row, true);
      row.scrollIntoView({ block: "nearest", behavior: isStill() ? "auto" : "smooth" });
      const gap = (Number(this.rows[i + 1]?.dataset.time ?? 0) - Number(row.dataset.time)) * 1000;
      await new Promise((wake) => setTimeout(wake, Math.min(1400, Math.max(360, gap))));
    }
    this.list.classList.remove("playing");
  }

  save(name) {
    const steps = this.rows.map((row) => ({ ...row.dataset, time: Number(row.dataset.time), why: row.querySelector(".why b").textContent, more: row.querySelector(".why span")?.textContent ?? "", revision: Number(row.querySelector(".rev .m")?.textContent ?? 0) }));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify({ trace: name, steps }, null, 2)], { type: "application/json" }));
    link.download = `trace-${name}.json`;
    link.click();
    URL.revokeObjectURL(link.href);
  }
}

function shape(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

const DASHES = { watch: "5 3", response: "2 3" };

function arrow(from, to, y, kind, hue, direction = 1) {
  const colour = `var(--${hue})`;
  const line = shape("path", { d: `M${from} ${y}H${to - 6 * direction}`, stroke: colour, "stroke-width": 1.5, fill: "none", ...(DASHES[kind] ? { "stroke-dasharray": DASHES[kind] } : {}) });
  const x = to - 7 * direction;
  const heads = {
    watch: shape("path", { d: `M${x + 6} ${y}L${x} ${y - 4.5}L${x - 6} ${y}L${x} ${y + 4.5}Z`, fill: colour }),
    cri: shape("rect", { x: x - 4, y: y - 4, width: 8, height: 8, rx: 1, fill: colour }),
  };
  return [line, heads[kind] ?? shape("path", { d: `M${to} ${y}L${to - 9 * direction} ${y - 4.5}V${y + 4.5}Z`, fill: kind === "response" ? "var(--surface)" : colour, stroke: colour })];
}
