/**
 * The tree beside the canvas: cluster › part or node › pod › container, states in words. It is the same selection as the drawing;
 * on small screens it is what one sees, as a list of rooms with the worst node first.
 */
import { glyph, sign } from "../../lib/glyphs.js";
import { partOf } from "../../lib/parts.js";
import { badness, byName, worstOf } from "../../lib/scene.js";

const PLANE = ["controller-manager", "scheduler", "etcd", "apiserver"];
const MOST_OPEN = 300;

export class Tree {
  constructor(element, choose) {
    this.element = element;
    this.choose = choose;
    this.chosen = "";
    this.rows = new Map();
    this.opened = new Map();
    element.addEventListener("keydown", (event) => this.key(event));
    element.addEventListener("click", (event) => this.click(event));
  }

  draw(scene) {
    const seen = new Set();
    const pods = new Map();
    for (const pod of scene.of("pod")) pods.set(pod.node, [...(pods.get(pod.node) ?? []), pod]);
    const small = getComputedStyle(this.element).position !== "absolute";
    const nodes = scene.nodes();
    if (small) nodes.sort((a, b) => badness(worst(b, pods)) - badness(worst(a, pods)) || Number(a.master) - Number(b.master) || byName(a, b));
    const top = [];
    for (const id of PLANE) {
      const part = scene.get(id);
      if (part) top.push(this.row(id, 1, seen, () => partRow(part), `part ${id}`));
    }
    const unbound = pods.get("") ?? [];
    if (unbound.length) top.push(this.group("tray", "Waiting for a node", `${unbound.length} pod${unbound.length === 1 ? "" : "s"}`, unbound, seen, "tray"));
    for (const node of nodes) top.push(this.group(node.id, node.name, nodeWords(node, pods.get(node.name) ?? []), pods.get(node.name) ?? [], seen, "node", node, scene));
    const services = scene.of("service").sort(byName);
    if (services.length) top.push(this.group("services", "Services", `${services.length}`, services, seen, "services"));
    place(this.element, top);
    for (const [id, row] of this.rows) if (!seen.has(id)) { row.remove(); this.rows.delete(id); }
    this.mark(this.chosen);
  }

  row(id, level, seen, contents, className = "") {
    seen.add(id);
    let row = this.rows.get(id);
    if (!row) {
      row = document.createElement("div");
      row.setAttribute("role", "treeitem");
      row.setAttribute("aria-level", level);
      row.tabIndex = this.rows.size ? -1 : 0;
      row.dataset.id = id;
      this.rows.set(id, row);
    }
    row.className = className;
    const parts = contents();
    const text = parts.map((part) => part.text ?? "").filter(Boolean).join(" ");
    const seenAs = text + (parts[0].sign ?? "");
    if (row.dataset.text !== seenAs) {
      row.dataset.text = seenAs;
      row.setAttribute("aria-label", text);
      const line = row.querySelector(":scope > .line") ?? row.appendChild(Object.assign(document.createElement("div"), { className: "line" }));
      line.replaceChildren(...parts.map(spanOf));
    }
    return row;
  }

  group(id, name, words, items, seen, className, node = null, scene = null) {
    const open = this.opened.get(id) ?? (className !== "services" && (node?.master ? false : items.length <= 24) && this.rows.size < MOST_OPEN);
    const row = this.row(id, 1, seen, () => [{ sign: node ? node.sign : className === "tray" ? "pending" : worstOf(items) }, { b: true, text: name }, { words: true, text: words }], `room ${className}`);
    row.setAttribute("aria-expanded", open);
    let list = row.querySelector(":scope > [role=group]");
    if (!list) {
      list = document.createElement("div");
      list.setAttribute("role", "group");
      row.append(list);
    }
    list.hidden = !open;
    if (open) place(list, [...items].sort((a, b) => badness(b.sign) - badness(a.sign) || byName(a, b)).slice(0, 110).map((item) => this.row(item.id, 2, seen, () => podRow(item), "pod")));
    else list.replaceChildren();
    return row;
  }

  mark(id) {
    this.rows.get(this.chosen)?.removeAttribute("aria-selected");
    this.chosen = id;
    const row = this.rows.get(id);
    if (!row) return;
    row.setAttribute("aria-selected", "true");
    for (const other of this.rows.values()) other.tabIndex = other === row ? 0 : -1;
  }

  click(event) {
    const row = event.target.closest("[role=treeitem]");
    if (!row) return;
    const before = this.chosen;
    if (row.classList.contains("room") && (row.dataset.id === before || !row.classList.contains("node"))) this.toggle(row);
    if (!["tray", "services"].includes(row.dataset.id)) this.choose(row.dataset.id);
  }

  toggle(row, open = row.getAttribute("aria-expanded") !== "true") {
    this.opened.set(row.dataset.id, open);
    this.element.dispatchEvent(new CustomEvent("redraw"));
  }

  key(event) {
    const row = event.target.closest("[role=treeitem]");
    if (!row) return;
    const visible = [...this.element.querySelectorAll("[role=treeitem]")].filter((item) => !item.closest("[hidden]"));
    const at = visible.indexOf(row);
    const to = { ArrowDown: visible[at + 1], ArrowUp: visible[at - 1], Home: visible[0], End: visible.at(-1) }[event.key];
    if (to) to.focus();
    else if (event.key === "ArrowRight" && row.getAttribute("aria-expanded") === "false") this.toggle(row, true);
    else if (event.key === "ArrowLeft" && row.getAttribute("aria-expanded") === "true") this.toggle(row, false);
    else if (event.key === "ArrowLeft") row.parentElement.closest("[role=treeitem]")?.focus();
    else if (event.key === "Enter") this.choose(row.dataset.id);
    else return;
    event.preventDefault();
    if (to && !["tray", "services"].includes(to.dataset.id)) this.choose(to.dataset.id);
  }
}

function worst(node, pods) {
  return worstOf([node, ...(pods.get(node.name) ?? [])]);
}

function nodeWords(node, pods) {
  if (node.sign !== "ready") return node.words;
  const static_ = pods.filter((pod) => pod.mirror).length;
  if (node.master && static_ === pods.length) return `${static_} static pods`;
  return `${node.cordoned ? "cordoned, " : ""}${pods.length} pod${pods.length === 1 ? "" : "s"}`;
}

function partRow(part) {
  const kind = partOf(part.id);
  const line = part.lines?.find((l) => l.on) ?? part.lines?.[0];
  const said = part.id === "scheduler" && line ? (line.score === null ? `${line.name} is out` : `${line.name} leads, ${line.score}`) : line ? `${line.name}: ${line.text}` : part.text;
  return [{ glyph: kind.glyph, hue: kind.hue }, { b: true, text: part.name }, { words: true, text: said || part.note || "" }];
}

function podRow(item) {
  return [{ sign: item.sign }, { text: item.app ?? item.name }, { mono: true, text: item.hash ?? "" }, { words: true, text: item.words }];
}

function spanOf(part) {
  if (part.sign) return sign(part.sign, 14);
  if (part.glyph) return glyph(part.glyph, 16, `hue-${part.hue}`);
  const span = document.createElement("span");
  span.textContent = part.text ?? part;
  span.className = part.b ? "name" : part.words ? "words" : part.mono ? "m mu" : "";
  return span;
}

function place(parent, rows) {
  rows.forEach((row, i) => {
    if (parent.children[i] !== row) parent.insertBefore(row, parent.children[i] ?? null);
  });
  while (parent.children.length > rows.length) parent.lastElementChild.remove();
}
