/** What moves: heads on rails, flows where they are too many, the pending rings, gliding cells, the bead in use. Bounded. */
import { isStill } from "../../lib/tokens.js";
import { partOf } from "../../lib/parts.js";
import { drawSign } from "../../lib/glyphs.js";
import { along, measure, route } from "../../layouts/route.js";
import { Choreography, stageOf } from "./choreography.js";
import { beads } from "./rooms.js";
import { signPlace } from "./cells.js";
import { head } from "./heads.js";

const MOST_HEADS = 60;
const MOST_LABELS = 8;
const FLOW_FROM = 30;
const LIT = 600;

/** travel easing: cubic-bezier(.45,.05,.35,1), near enough by a smoothstep that starts briskly. */
function ease(t) {
  return t < 0.5 ? 2 * t * t * (1.15 - 0.3 * t) : 1 - (1 - t) ** 2.4 * 1.05 * Math.min(1, (1 - t) * 2 + 0.9);
}

export class Motion {
  constructor() {
    this.choreography = new Choreography();
    this.moving = [];
    this.gliding = [];
    this.recent = new Map();
    this.lastTime = 0;
    this.bead = { index: -1, until: 0 };
    this.seenSignals = 0;
  }

  /** Takes signals in; what has no rail is counted only. */
  take(signals, plan, scene, now, rate) {
    for (const signal of signals) {
      this.seenSignals += 1;
      const timing = this.choreography.plan(signal, now, rate, this.lastTime);
      this.lastTime = signal.time;
      const way = route(plan, scene, signal.source, signal.target);
      if (!way) continue;
      const rail = plan.rails.get(way.rail)?.shared ?? way.rail;
      const rateHere = this.count(rail, now);
      if (rateHere > FLOW_FROM && signal.ok !== false) continue;
      if (this.moving.length >= MOST_HEADS) {
        const oldest = this.moving.findIndex((message) => message.signal.ok !== false);
        if (oldest < 0) continue;
        this.moving.splice(oldest, 1);
      }
      this.moving.push({ signal, rail, path: measure(way.points), hue: partOf(signal.source).hue, ...timing });
    }
  }

  /** Messages a second on a rail, over the last second, after `more` of them. */
  count(rail, now, more = 1) {
    const list = this.recent.get(rail) ?? [];
    if (more > 0) list.push({ at: now, count: more });
    this.recent.set(rail, list);
    return rateOf(list, now);
  }

  /** Messages that the server only counted: ways ("kubelet/worker-1>apiserver") and how many went there. */
  merge(counts, plan, scene, now) {
    for (const [way, count] of Object.entries(counts)) {
      const [source, target] = way.split(">");
      const found = count > 0 && route(plan, scene, source, target);
      if (found) this.count(plan.rails.get(found.rail)?.shared ?? found.rail, now, count);
      this.seenSignals += Math.max(0, count);
    }
  }

  /** Rails that carry more than heads can show: rate by rail. */
  flows(now) {
    const found = new Map();
    for (const [rail, list] of this.recent) {
      const rate = rateOf(list, now);
      if (rate > FLOW_FROM) found.set(rail, rate);
      if (!list.length) this.recent.delete(rail);
    }
    return found;
  }

  glide(id, from, to, now) {
    if (isStill() || this.gliding.length >= 12) return;
    this.gliding.push({ id, from, to, begin: now, end: now + 640 });
  }

  get busy() {
    return this.moving.length > 0 || this.gliding.length > 0;
  }

  clear() {
    this.moving = [];
    this.gliding = [];
  }

  paint(ink, plan, scene, now, { selected = "", paused = false } = {}) {
    const still = isStill();
    this.moving = this.moving.filter((message) => now < message.arrives + (still ? LIT : 0));
    this.gliding = this.gliding.filter((cell) => now < cell.end);
    const flows = this.flows(now);
    this.paintFlows(ink, plan, flows, now);
    const labels = [];
    for (const message of this.moving) {
      if (now < message.leaves) continue;
      if (flows.has(message.rail) && message.signal.ok !== false) continue;
      const place = still ? this.lit(ink, message) : along(message.path, message.path.total * ease(Math.min(1, (now - message.leaves) / (message.arrives - message.leaves))));
      const refused = message.signal.ok === false;
      head(ink, message.signal.kind, place.x, place.y, place.angle, message.hue, still ? 0 : Math.min(26, message.path.total * 0.4), 1, refused);
      labels.push({ message, place, weight: weight(message, selected) });
      if (message.signal.target === "apiserver") this.useBead(message, now);
    }
    this.label(ink, labels, plan, selected);
    this.paintBead(ink, plan, now);
    return paused ? false : this.busy || flows.size > 0;
  }

  lit(ink, message) {
    ink.ctx.globalAlpha = 0.5;
    ink.line(message.path.points, message.hue, 3);
    ink.ctx.globalAlpha = 1;
    return along(message.path, Math.max(0, message.path.total - 10));
  }

  useBead(message, now) {
    const stage = stageOf(message.signal);
    this.bead = { index: stage >= 0 ? stage : 6, until: now + 320, refused: message.signal.ok === false };
  }

  paintBead(ink, plan, now) {
    if (now > this.bead.until || this.bead.index < 0) return;
    const place = beads(plan.bar)[this.bead.index];
    const { ctx, c } = ink;
    ctx.beginPath();
    ctx.arc(place.x, place.y, 9, 0, 7);
    ctx.strokeStyle = this.bead.refused ? c.bad : c.api;
    ctx.lineWidth = 1.2;
    ctx.globalAlpha = 0.7;
    ctx.stroke();
    ctx.globalAlpha = 1;
    if (this.bead.refused) drawSign(ctx, "failed", place.x - 6, place.y - 6, 12, c);
  }

  label(ink, labels, plan, selected) {
    labels.sort((a, b) => b.weight - a.weight);
    const taken = [];
    for (const { message, place } of labels) {
      if (taken.length >= MOST_LABELS) return;
      const text = labelOf(message.signal);
      if (!text || (message.signal.kind === "probe" && message.signal.ok !== false && message.signal.subject !== selected)) continue;
      const w = ink.width(text, "mono") + 14;
      const across = Math.abs(Math.cos(place.angle)) > 0.7;
      const left = asks(message);
      const box = across ? { x: place.x - w / 2, y: place.y + 13, w, h: 18 } : { x: left ? place.x - 12 - w : place.x + 13, y: place.y - 9, w, h: 18 };
      box.x = Math.max(4, Math.min(plan.width - w - 4, box.x));
      if (taken.some((other) => box.x < other.x + other.w + 3 && other.x < box.x + box.w + 3 && box.y < other.y + 20 && other.y < box.y + 20)) continue;
      taken.push(box);
      ink.pill(text, box.x, box.y + 9, message.signal.ok === false ? "bad" : message.hue);
    }
  }

  /** A rail that is a flow: thicker, with one diamond that drifts and a pill with the rate. */
  paintFlows(ink, plan, flows, now) {
    for (const [key, rate] of flows) {
      const rail = [...plan.rails.values()].find((r) => r.shared === key) ?? plan.rails.get(key);
      if (!rail) continue;
      const thick = rate > 10000 ? 8 : rate > 1000 ? 5 : rate > 100 ? 3 : 2;
      const points = rail.shared !== undefined ? rail.points.slice(-2) : rail.points;
      const hue = key === "scheduler" ? "sched" : key === "controller-manager" ? "cm" : key === "etcd" ? "etcd" : key === "user" ? "user" : String(key).startsWith("runtime") ? "rt" : "kubelet";
      ink.ctx.globalAlpha = 0.55;
      ink.line(points, hue, thick + 2);
      ink.ctx.globalAlpha = 1;
      const path = measure(points);
      const share = isStill() ? 0.5 : ((now / 1600) % 1);
      const place = along(path, path.total * share);
      head(ink, "watch", place.x, place.y, place.angle, "api", 0);
      const middle = along(path, path.total * 0.5);
      const across = Math.abs(Math.cos(middle.angle)) > 0.7;
      ink.pill(`${rate}/s`, across ? middle.x : middle.x + 13, across ? middle.y + 20 : middle.y, hue, across ? "middle" : "left");
    }
  }

  /** Pending signs turn once in eight seconds, only while seen and while time passes. */
  paintTurning(ink, scene, plan, now, visible) {
    const angle = ((now % 8000) / 8000) * Math.PI * 2;
    for (const [id, box] of plan.cells) {
      const pod = scene.get(id);
      const place = pod?.sign === "pending" && signPlace(box);
      if (!place || !visible(box)) continue;
      const { ctx } = ink;
      ctx.save();
      ctx.translate(place.x + place.size / 2, place.y + place.size / 2);
      ctx.rotate(angle);
      drawSign(ctx, "pending", -place.size / 2, -place.size / 2, place.size, ink.c);
      ctx.restore();
    }
  }
}

/** Messages in the last second; older ones are forgotten. */
function rateOf(list, now) {
  while (list.length && list[0].at < now - 1000) list.shift();
  return list.reduce((sum, entry) => sum + entry.count, 0);
}

/** Whether the message runs in the lane of those who ask, which is the left one. */
function asks({ signal, rail }) {
  const toServer = signal.target === "apiserver";
  return rail === "etcd" ? !toServer : toServer;
}

const PLAIN = /^(GET|LIST|WATCH|HEAD)\b/;

function weight({ signal }, selected) {
  let sum = signal.time % 1;
  if (selected && (signal.subject === selected || signal.source === selected || signal.target === selected)) sum += 100;
  if (signal.ok === false || signal.code >= 400) sum += 50;
  if (signal.kind === "request" && !PLAIN.test(signal.label)) sum += 20;
  if (signal.kind === "cri") sum += 10;
  return sum;
}

const STATUS = { 200: "OK", 201: "Created", 202: "Accepted", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict", 422: "Invalid", 429: "Too Many", 504: "Timeout" };

function labelOf(signal) {
  const status = signal.kind === "response" && signal.code ? `${signal.code} ${STATUS[signal.code] ?? ""}`.trim() : "";
  const store = signal.target === "etcd" && signal.revision ? `${signal.label} ${signal.revision}` : "";
  const text = status || store || signal.label.replace(/ \/apis?\/.*\/(?=[^/]+\/[^/]*$)/, " …/");
  return text.length > 26 ? `${text.slice(0, 25)}…` : text;
}
