/**
 * The live map. `mount(element, feed)`: two canvases (what stands, what moves), a tree that is the same selection, pan and zoom.
 *
 * Nothing is painted that the feed did not tell. The standing layer is drawn again only when something changed.
 */
import { select } from "d3-selection";
import { quadtree } from "d3-quadtree";
import { zoom, zoomIdentity } from "d3-zoom";
import { colours, isStill, onThemeChange } from "../lib/tokens.js";
import { Scene, badness, worstOf } from "../lib/scene.js";
import { layout } from "../layouts/map.js";
import { Slots } from "../layouts/slots.js";
import { Ink } from "./map/ink.js";
import { head } from "./map/heads.js";
import { Motion } from "./map/motion.js";
import { Tree } from "./map/tree.js";
import { paintCell } from "./map/cells.js";
import { paintDots, paintInner, paintInstruments, paintNoNodes, paintPlane, paintRails, paintRoom, paintServices, paintTray, paintZone } from "./map/rooms.js";

const CHANGE = 320;

export function mount(element, feed) {
  return new LiveMap(element, feed);
}

class LiveMap {
  constructor(element, feed) {
    this.element = element;
    this.feed = feed;
    this.scene = new Scene();
    this.slots = new Slots();
    this.motion = new Motion();
    this.waiting = [];
    this.changes = new Map();
    this.level = "";
    this.selected = "";
    this.hovered = "";
    this.found = null;
    this.transform = zoomIdentity;
    this.clock = { rate: 1, paused: false };
    this.statistics = { frames: 0, slow: 0, moved: [] };
    this.still = element.querySelector("canvas.still");
    this.moving = element.querySelector("canvas.motion");
    this.tree = new Tree(element.parentElement.querySelector("[role=tree]"), (id) => this.choose(id));
    this.tree.element.addEventListener("redraw", () => this.tree.draw(this.scene));
    this.inks();
    this.listen();
    this.zooming();
    this.resize();
    this.frame = this.frame.bind(this);
    requestAnimationFrame(this.frame);
  }

  inks() {
    const c = colours();
    this.ink = new Ink(this.still.getContext("2d"), c);
    this.moveInk = new Ink(this.moving.getContext("2d"), c);
    this.dirty = true;
  }

  listen() {
    const on = (name, take) => this.feed.addEventListener(name, (event) => take(event.detail));
    on("scene", (scene) => this.replace(scene));
    on("signals", (signals) => this.signal(signals));
    on("merged", (counts) => this.plan && !document.hidden && this.motion.merge(counts, this.plan, this.scene, performance.now()));
    on("delta", (delta) => this.later(delta));
    on("clock", (clock) => (this.clock = clock));
    on("found", () => (this.dirty = true));
    document.addEventListener("travel", (event) => {
      this.past = event.detail;
      this.scene.past = Boolean(this.past);
      this.motion.clear();
    });
    this.stopTheme = onThemeChange(() => this.inks());
    new ResizeObserver(() => this.resize()).observe(this.element);
    this.element.addEventListener("pointermove", (event) => this.hover(this.at(event), event));
    this.element.addEventListener("pointerleave", () => this.hover("", null));
    this.element.addEventListener("click", (event) => {
      if (event.target.tagName !== "CANVAS") return;
      const id = this.at(event);
      if (id === "services") location.assign(this.element.dataset.services);
      else this.choose(id);
    });
    this.element.addEventListener("keydown", (event) => this.key(event));
    for (const button of this.element.querySelectorAll("[data-zoom]")) button.addEventListener("click", () => this.zoomBy(button.dataset.zoom));
  }

  // -- the scene

  replace(message) {
    this.scene.replace(message);
    this.waiting = [];
    this.changes.clear();
    this.arrange();
    this.element.querySelector(".waits")?.remove();
    this.element.dispatchEvent(new CustomEvent("scene", { bubbles: true, detail: this.scene }));
  }

  signal(signals) {
    if (!this.plan || document.hidden || this.past) return;
    this.motion.take(signals, this.plan, this.scene, performance.now(), this.clock.rate);
  }

  /** A delta shows when the message that made it has arrived. */
  later(delta) {
    if (this.past) return;
    const now = performance.now();
    let due = now;
    for (const item of delta.nodes?.set ?? []) if (item.kind === "pod" && !document.hidden) due = Math.max(due, this.motion.choreography.showsAt(item.revision, now));
    this.waiting.push({ delta, due: Math.max(due, this.waiting.at(-1)?.due ?? 0) });
    if (document.hidden) this.settle(Infinity);
  }

  settle(now) {
    let changed = false;
    while (this.waiting.length && (this.waiting[0].due <= now || this.waiting.length > 60)) {
      this.apply(this.waiting.shift().delta, now);
      changed = true;
    }
    if (!changed) return;
    this.arrange();
    this.element.dispatchEvent(new CustomEvent("scene", { bubbles: true, detail: this.scene }));
  }

  apply(delta, now) {
    const before = new Map();
    for (const item of delta.nodes?.set ?? []) if (item.kind === "pod") before.set(item.id, { item: this.scene.get(item.id), box: this.plan?.cells.get(item.id) });
    for (const id of delta.nodes?.gone ?? []) {
      const box = this.plan?.cells.get(id);
      if (box && !isStill()) this.changes.set(id, { kind: "leave", item: this.scene.get(id), box, begin: now });
    }
    this.scene.apply(delta);
    for (const [id, old] of before) {
      const item = this.scene.get(id);
      if (!old.item) this.changes.set(id, { kind: "enter", begin: now });
      else if (!old.item.node && item.node && old.box) this.changes.set(id, { kind: "glide", from: old.box, begin: now });
      else if (old.item.sign !== item.sign) this.changes.set(id, { kind: "state", old: old.item, begin: now });
    }
  }

  arrange() {
    const started = performance.now();
    const size = { width: this.width, height: this.height };
    this.plan = layout(this.scene, size, this.slots, this.level);
    this.worstByNode();
    for (const change of this.changes.values()) if (change.kind === "glide") change.glides = true;
    this.index();
    this.extent();
    this.dirty = true;
    this.statistics.layout = performance.now() - started;
    clearTimeout(this.treeSoon);
    this.treeSoon = setTimeout(() => this.tree.draw(this.scene), this.scene.items.size > 400 ? 600 : 60);
  }

  worstByNode() {
    if (this.plan.level !== "cluster") return;
    for (const room of this.plan.rooms) room.worst = worstOf(room.pods);
  }

  /** Everything that can be pointed at, smallest last: pods over parts over rooms. */
  index() {
    const boxes = [];
    for (const [id, box] of this.plan.boxes) boxes.push({ id, ...box });
    for (const [id, box] of this.plan.cells) boxes.push({ id, ...box, cell: true });
    this.targets = boxes;
    this.points = quadtree(boxes.filter((box) => box.cell), (box) => box.x + box.w / 2, (box) => box.y + box.h / 2);
  }

  // -- pointing

  at(event) {
    if (!this.plan || event.target.tagName !== "CANVAS") return "";
    const rect = this.element.getBoundingClientRect();
    const [x, y] = this.transform.invert([event.clientX - rect.left, event.clientY - rect.top]);
    const near = this.points.find(x, y, 80);
    if (near && inside(near, x, y, Math.max(0, (24 - near.w) / 2))) return near.id;
    for (const [id, box] of this.plan.services?.boxes ?? []) if (inside(box, x, y)) return id;
    if (this.plan.services?.more && inside(this.plan.services.more, x, y)) return "services";
    const hit = this.targets.filter((box) => !box.cell && inside(box, x, y)).sort((a, b) => a.w * a.h - b.w * b.h)[0];
    return hit?.id ?? "";
  }

  hover(id, event) {
    if (id === this.hovered && !event) return;
    const changed = id !== this.hovered;
    this.hovered = id;
    this.moving.parentElement.style.cursor = id ? "pointer" : "";
    if (changed) {
      this.reach = this.scene.reach(id || this.selected);
      this.dirty = true;
    }
    this.hint(id, event);
  }

  /** Rings what an item elsewhere on the page owns or selects, while it is pointed at. */
  point(id) {
    this.hover(id, null);
  }

  hint(id, event) {
    const hint = this.element.querySelector(".hint");
    const item = this.scene.get(id);
    hint.hidden = !event || !item || !["pod", "node", "service"].includes(item.kind);
    if (hint.hidden) return;
    hint.querySelector("b").textContent = item.namespace && item.namespace !== "default" ? `${item.namespace}/${item.name}` : item.name;
    hint.querySelector("span").textContent = item.words + (item.kind === "pod" ? containersSaid(item) : item.kind === "node" ? `, ${item.pods} of ${item.room} pods` : `, ${item.address || item.type}`);
    const rect = this.element.getBoundingClientRect();
    const x = event.clientX - rect.left + 14;
    hint.style.left = `${Math.min(x, rect.width - 316)}px`;
    hint.style.top = `${Math.min(event.clientY - rect.top + 16, rect.height - 70)}px`;
  }

  choose(id, quiet = false) {
    this.selected = id;
    this.chosenAt = performance.now();
    this.reach = this.scene.reach(id);
    this.tree.mark(id);
    this.dirty = true;
    if (!quiet) this.element.dispatchEvent(new CustomEvent("choose", { bubbles: true, detail: { id, item: this.scene.get(id) } }));
  }

  search(words) {
    const wanted = words.trim().toLowerCase();
    this.found = wanted ? new Set([...this.scene.items.values()].filter((item) => `${item.namespace ?? ""}/${item.name} ${item.words ?? ""} ${item.node ?? ""}`.toLowerCase().includes(wanted)).map((item) => item.id)) : null;
    this.dirty = true;
    return this.found?.size ?? 0;
  }

  /** Arrows move to the nearest part in that direction; the reticle is the focus. */
  key(event) {
    const turn = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (event.key === "Escape") this.choose("");
    if (!turn || event.altKey || event.shiftKey || event.ctrlKey) return;
    event.preventDefault();
    const here = this.targets.find((box) => box.id === this.selected) ?? { x: this.plan.width / 2, y: -10, w: 0, h: 0 };
    const cx = here.x + here.w / 2;
    const cy = here.y + here.h / 2;
    let best = null;
    for (const box of this.targets) {
      const dx = box.x + box.w / 2 - cx;
      const dy = box.y + box.h / 2 - cy;
      const ahead = dx * turn[0] + dy * turn[1];
      const aside = Math.abs(dx * turn[1]) + Math.abs(dy * turn[0]);
      if (ahead <= 4 || aside > ahead * 2.5) continue;
      const cost = ahead + aside * 2;
      if (!best || cost < best.cost) best = { box, cost };
    }
    if (best) this.choose(best.box.id);
  }

  // -- pan and zoom

  zooming() {
    this.zoom = zoom().scaleExtent([0.5, 4]).filter((event) => (event.type === "wheel" ? event.ctrlKey || event.metaKey : !event.button)).on("zoom", (event) => {
      this.transform = event.transform;
      this.dirty = true;
    });
    const target = select(this.element);
    target.call(this.zoom).on("dblclick.zoom", null);
    this.element.addEventListener("wheel", (event) => {
      if (event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      target.call(this.zoom.translateBy, -event.deltaX / this.transform.k, -event.deltaY / this.transform.k);
    }, { passive: false });
  }

  zoomBy(what) {
    const target = select(this.element);
    if (what === "fit") target.call(this.zoom.transform, zoomIdentity);
    else target.call(this.zoom.scaleBy, what === "in" ? 1.3 : 1 / 1.3);
  }

  extent() {
    this.zoom.extent([[0, 0], [this.width, this.height]]).translateExtent([[0, 0], [Math.max(this.plan.width, this.width), Math.max(this.plan.height + 20, this.height)]]);
    select(this.element).call(this.zoom.translateBy, 0, 0);
  }

  resize() {
    const { clientWidth, clientHeight } = this.element;
    if (!clientWidth || !clientHeight) return;
    this.width = clientWidth;
    this.height = clientHeight;
    const ratio = Math.min(devicePixelRatio || 1, 2);
    this.ratio = ratio;
    for (const canvas of [this.still, this.moving]) {
      canvas.width = Math.round(this.width * ratio);
      canvas.height = Math.round(this.height * ratio);
    }
    if (this.plan) this.arrange();
  }

  // -- painting

  frame(now) {
    requestAnimationFrame(this.frame);
    if (document.hidden || !this.plan) return;
    const begin = performance.now();
    this.settle(now);
    this.turning = !isStill() && !this.clock.paused;
    if (this.dirty || this.changes.size) this.paintStill(now);
    this.paintMoving(now);
    this.statistics.frames += 1;
    const spent = performance.now() - begin;
    this.statistics.spent = spent;
    if (spent > 8) this.statistics.slow += 1;
  }

  begin(ink, canvas) {
    const { ctx } = ink;
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, canvas.width, canvas.height);
    const { k, x, y } = this.transform;
    ctx.setTransform(this.ratio * k, 0, 0, this.ratio * k, this.ratio * x, this.ratio * y);
    ctx.globalAlpha = 1;
  }

  paintStill(now) {
    const { ink, plan, scene } = this;
    this.dirty = false;
    this.begin(ink, this.still);
    const dims = this.dims();
    paintPlane(ink, plan, scene, head);
    paintRails(ink, plan);
    paintTray(ink, plan);
    paintServices(ink, plan, this.selected);
    for (const zone of plan.zones) paintZone(ink, zone, zoneWords(zone));
    if (!plan.rooms.length) paintNoNodes(ink, plan, this);
    const rooms = plan.level === "cluster" && !this.found ? paintDots(ink, plan.rooms) : plan.rooms;
    for (const room of rooms) {
      ink.ctx.globalAlpha = this.found && !this.found.has(room.node.id) && room.style === "dot" ? 0.35 : 1;
      paintRoom(ink, room, plan.level);
      if (room.style !== "room") continue;
      paintInner(ink, plan, room.node);
      paintInstruments(ink, plan, room);
    }
    for (const [id, box] of plan.cells) this.paintPod(id, box, now, dims);
    this.leaving(now);
    ink.ctx.globalAlpha = 1;
    this.halo();
    this.reticles(now);
  }

  dims() {
    const over = this.scene.get(this.hovered || this.selected);
    if (!over || !["service", "workload"].includes(over.kind)) return null;
    return this.reach;
  }

  paintPod(id, box, now, dims) {
    const pod = this.scene.get(id);
    if (!pod) return;
    const { ink } = this;
    const change = this.changes.get(id);
    const age = change ? (now - change.begin) / (change.kind === "glide" ? 640 : CHANGE) : 1;
    if (change && age >= 1) this.changes.delete(id);
    let alpha = (dims && !dims.has(id)) || (this.found && !this.found.has(id)) ? 0.35 : 1;
    const turns = this.turning;
    ink.ctx.save();
    if (change && age < 1 && !isStill()) {
      const t = 1 - (1 - Math.max(0, age)) ** 3;
      if (change.kind === "enter") {
        alpha *= t;
        grow(ink.ctx, box, 0.9 + 0.1 * t);
      } else if (change.kind === "glide") {
        ink.ctx.translate((change.from.x - box.x) * (1 - t), (change.from.y - box.y) * (1 - t));
      } else if (change.kind === "state") {
        ink.ctx.globalAlpha = alpha * (1 - t);
        paintCell(ink, change.old, box, { pendingTurns: turns });
        alpha *= t;
        if (pod.sign === "crash" && age < 0.56) ink.ctx.translate(Math.sin(age * 40) * 2, 0);
      }
    }
    ink.ctx.globalAlpha = alpha;
    paintCell(ink, pod, box, { pendingTurns: turns });
    ink.ctx.restore();
  }

  leaving(now) {
    for (const [id, change] of this.changes) {
      if (change.kind !== "leave" && !this.plan.cells.has(id)) this.changes.delete(id);
      if (change.kind !== "leave") continue;
      const age = (now - change.begin) / CHANGE;
      if (age >= 1) {
        this.changes.delete(id);
        this.dirty = true;
        continue;
      }
      this.ink.ctx.save();
      this.ink.ctx.globalAlpha = 1 - age;
      grow(this.ink.ctx, change.box, 1 - 0.1 * age);
      paintCell(this.ink, change.item, change.box);
      this.ink.ctx.restore();
    }
  }

  /** Exactly the pods that the chosen or hovered thing selects. Ready ones get the whole halo, others half. */
  halo() {
    const item = this.scene.get(this.hovered || this.selected);
    if (!item || !["service", "workload"].includes(item.kind)) return;
    const { ctx, c } = this.ink;
    for (const id of this.reach) {
      const box = this.plan.cells.get(id);
      const pod = this.scene.get(id);
      if (!box || !pod) continue;
      ctx.beginPath();
      if (pod.sign === "ready") ctx.roundRect(box.x - 4, box.y - 4, box.w + 8, box.h + 8, 9);
      else {
        ctx.moveTo(box.x - 4, box.y + box.h / 2);
        ctx.lineTo(box.x - 4, box.y + 2);
        ctx.arcTo(box.x - 4, box.y - 4, box.x + 2, box.y - 4, 6);
        ctx.lineTo(box.x + box.w - 2, box.y - 4);
        ctx.arcTo(box.x + box.w + 4, box.y - 4, box.x + box.w + 4, box.y + 2, 6);
        ctx.lineTo(box.x + box.w + 4, box.y + box.h / 2);
      }
      ctx.strokeStyle = c.accent;
      ctx.lineWidth = 2;
      ctx.setLineDash([6, 4]);
      ctx.stroke();
      ctx.setLineDash([]);
    }
  }

  boxOf(id) {
    return this.plan.cells.get(id) ?? this.plan.boxes.get(id) ?? this.plan.services?.boxes?.get(id);
  }

  reticles(now) {
    const box = this.selected && this.boxOf(this.selected);
    if (!box) return;
    const age = isStill() ? 1 : Math.min(1, (now - (this.chosenAt ?? 0)) / 180);
    if (age < 1) this.dirty = true;
    this.ink.reticle(box, 12 - 7 * age);
    const subject = this.scene.get(this.selected)?.subject;
    const small = subject && this.plan.cells.get(subject);
    if (small) this.ink.reticle(small, 3, 7, this.selected === "scheduler" ? "sched" : "cm", 1.6);
  }

  paintMoving(now) {
    const active = this.motion.busy || this.motion.recent.size || this.turning;
    if (!active && !this.painted) return;
    this.begin(this.moveInk, this.moving);
    if (this.turning) this.motion.paintTurning(this.moveInk, this.scene, this.plan, now, (box) => this.sees(box));
    this.painted = this.motion.paint(this.moveInk, this.plan, this.scene, now, { selected: this.selected, paused: this.clock.paused });
  }

  sees(box) {
    const { k, x, y } = this.transform;
    return (box.x + box.w) * k + x > 0 && box.x * k + x < this.width && (box.y + box.h) * k + y > 0 && box.y * k + y < this.height;
  }

  setLevel(level) {
    this.level = level;
    this.slots = new Slots();
    this.arrange();
    this.zoomBy("fit");
  }
}

function inside(box, x, y, more = 0) {
  return x >= box.x - more && x <= box.x + box.w + more && y >= box.y - more && y <= box.y + box.h + more;
}

function grow(ctx, box, scale) {
  ctx.translate(box.x + box.w / 2, box.y + box.h / 2);
  ctx.scale(scale, scale);
  ctx.translate(-(box.x + box.w / 2), -(box.y + box.h / 2));
}

function zoneWords(zone) {
  const bad = zone.members.filter((node) => node.sign !== "ready");
  if (!bad.length) return { sign: "ready", text: "all ready" };
  const sign = bad.reduce((worst, node) => (badness(node.sign) > badness(worst) ? node.sign : worst), "ready");
  return { sign, text: `${bad.length} ${sign === "unknown" ? "unknown" : "not ready"}` };
}

function containersSaid(pod) {
  const list = (pod.containers ?? []).filter((strip) => strip.sign !== "ready");
  return list.length ? `: ${list.slice(0, 2).map((strip) => `${strip.name} ${strip.words}`).join("; ")}` : "";
}
