/** Paints pods at every depth: cell, chip, stick, mirrored static pod, and in the tray. The sign says the state, shape first. */
import { drawSign, toneOf } from "../../lib/glyphs.js";

const LINE = { ready: 1, done: 1 };
const DASH = { pending: [4, 3], unsched: [4, 3], term: [1.5, 2.5], unknown: [1.5, 2.5] };

export function paintCell(ink, pod, box, { pendingTurns = false } = {}) {
  PAINT[box.style](ink, pod, box, pendingTurns);
}

const PAINT = { cell, chip, stick, mirror, tray };

function outline(ink, pod, box, radius) {
  const quiet = pod.sign === "ready" || pod.sign === "done";
  ink.box(box.x, box.y, box.w, box.h, radius, pod.sign === "done" ? "sunken" : "surface", quiet ? "line" : toneOf(pod.sign), LINE[pod.sign] ?? 1.4, DASH[pod.sign]);
}

function hatch(ink, box) {
  const { ctx, c } = ink;
  ctx.save();
  ctx.beginPath();
  ctx.roundRect(box.x, box.y, box.w, box.h, 6);
  ctx.clip();
  ctx.globalAlpha *= 0.4;
  ctx.strokeStyle = c.bad;
  ctx.lineWidth = 1.2;
  ctx.beginPath();
  for (let x = box.x - box.h; x < box.x + box.w; x += 8.5) {
    ctx.moveTo(x, box.y + box.h);
    ctx.lineTo(x + box.h, box.y);
  }
  ctx.stroke();
  ctx.restore();
}

function fill(ink, box, share) {
  const { ctx } = ink;
  const high = box.h * share;
  ctx.save();
  ctx.beginPath();
  ctx.roundRect(box.x, box.y, box.w, box.h, 6);
  ctx.clip();
  ctx.fillStyle = ink.c["wait-soft"];
  ctx.fillRect(box.x, box.y + box.h - high, box.w, high);
  ctx.restore();
  ink.line([[box.x + 1, box.y + box.h - high], [box.x + box.w - 1, box.y + box.h - high]], "wait");
}

function signAt(ink, pod, x, y, size, turns) {
  if (pod.sign === "pending" && turns) return;
  drawSign(ink.ctx, pod.sign, x, y, size, ink.c);
}

/** Where a cell's sign stands, for the ring that turns. */
export function signPlace(box) {
  return { cell: { x: box.x + box.w - 22, y: box.y + 8, size: 13 }, tray: { x: box.x + 8, y: box.y + 12, size: 14 }, mirror: { x: box.x + 9, y: box.y + 9.5, size: 11 }, chip: { x: box.x + 5, y: box.y + 4, size: 11 } }[box.style];
}

function cell(ink, pod, box, turns) {
  outline(ink, pod, box, 6);
  if (pod.sign === "crash") hatch(ink, box);
  if (pod.sign === "pulling" && pod.fill) fill(ink, box, pod.fill);
  ink.text(pod.app, box.x + 10, box.y + 18, "bold", "ink", "left", box.w - 36);
  ink.text(pod.hash || pod.namespace, box.x + 10, box.y + 33, "mono", "ink3", "left", box.w - (pod.note ? 56 : 20));
  signAt(ink, pod, box.x + box.w - 22, box.y + 8, 13, turns);
  const tone = toneOf(pod.sign);
  const wide = pod.sign === "unsched";
  if (pod.note && !wide) ink.text(pod.note, box.x + box.w - 9, box.y + 33, "small", tone, "right");
  if (wide) ink.text(pod.note, box.x + 10, box.y + 60, "small", tone, "left", box.w - 18);
  else strips(ink, pod, box);
}

/** One strip a container: init ones are notched, sidecars have a rounded left end, restarts a count. */
function strips(ink, pod, box) {
  const list = pod.containers ?? [];
  const shown = list.length > 3 ? list.slice(-3) : list;
  const h = shown.length > 1 ? (shown.length > 2 ? 9 : 14) : 22;
  const gap = 2;
  const leaving = pod.sign === "term" || pod.sign === "unknown";
  shown.forEach((strip, i) => {
    const y = box.y + 46 + (h + gap) * i - (shown.length > 1 ? 5 : 0);
    const x = box.x + 8;
    const w = box.w - 16;
    const tone = leaving ? "off" : toneOf(strip.sign);
    const solid = (strip.sign === "ready" || strip.sign === "done") && !leaving;
    const soft = { good: "good-soft", wait: "surface", bad: "bad-soft", off: "sunken" }[tone];
    const radius = strip.sidecar ? [h / 2, 4, 4, h / 2] : shown.length > 1 ? 3 : 4;
    ink.box(x, y, w, h, radius, soft, solid ? null : tone, 1, solid ? null : [3, 2.5]);
    if (strip.init) ink.box(x + 6, y - 1, 8, 3, 1, "surface", null);
    if (h < 12) return;
    const count = strip.restarts ? `×${strip.restarts}` : "";
    ink.text(strip.name, x + 8, y + h / 2 + 4, "small", solid ? "good" : tone, "left", w - 16 - (count ? 20 : 0));
    if (count) ink.text(count, x + w - 6, y + h / 2 + 4, "small", tone, "right");
  });
}

function chip(ink, pod, box, turns) {
  outline(ink, pod, box, 5);
  if (pod.sign === "crash") hatch(ink, box);
  signAt(ink, pod, box.x + 5, box.y + 4, 11, turns);
  if (pod.note) ink.text(pod.note, box.x + box.w - 4, box.y + 13, "small", toneOf(pod.sign), "right", 22);
  ink.text(shortest(pod), box.x + 5, box.y + 28, "small", "ink", "left", box.w - 8);
}

function stick(ink, pod, box) {
  const tone = toneOf(pod.sign);
  if (pod.sign === "ready") {
    ink.ctx.globalAlpha *= 0.64;
    ink.box(box.x, box.y, box.w, box.h, 1.5, "good", null);
    ink.ctx.globalAlpha /= 0.64;
    return;
  }
  if (pod.sign === "crash" || pod.sign === "failed") {
    ink.box(box.x, box.y, box.w, box.h, 1.5, "bad", null);
    ink.line([[box.x + 1.5, box.y + 5], [box.x + 5.5, box.y + 10]], "surface", 1.2);
    return;
  }
  ink.box(box.x + 0.5, box.y + 0.5, box.w - 1, box.h - 1, 1.5, "surface", tone, 1, DASH[pod.sign] ? [2, 1.5] : null);
  if (pod.sign === "pulling" && pod.fill) ink.box(box.x + 0.5, box.y + box.h * (1 - pod.fill), box.w - 1, box.h * pod.fill, 1, "wait-soft", null);
  if (pod.sign === "notready") ink.box(box.x + 0.5, box.y + box.h / 2, box.w - 1, box.h / 2, 1, "wait", null);
}

const SHORTEST = { "kube-apiserver": "api", "kube-controller-manager": "loops", "kube-scheduler": "sched", etcd: "etcd", "kube-proxy": "proxy" };

/** What a chip has room for: a well-known part by its own short name. */
function shortest(pod) {
  if (pod.namespace !== "kube-system") return pod.app;
  return Object.entries(SHORTEST).find(([name]) => pod.name.startsWith(name))?.[1] ?? pod.app;
}

const STATIC_NAMES = { "kube-apiserver": "apiserver", "kube-controller-manager": "controllers", "kube-scheduler": "scheduler", etcd: "etcd" };

function mirror(ink, pod, box, turns) {
  ink.box(box.x, box.y, box.w, box.h, 5, "surface", pod.sign === "ready" ? "line" : toneOf(pod.sign), pod.sign === "ready" ? 1 : 1.4, DASH[pod.sign]);
  signAt(ink, pod, box.x + 9, box.y + 9.5, 11, turns);
  const short = Object.entries(STATIC_NAMES).find(([name]) => pod.name.startsWith(name));
  ink.text(short ? short[1] : pod.app, box.x + 27, box.y + 19, "small", "ink2", "left", box.w - 32);
}

function tray(ink, pod, box, turns) {
  ink.box(box.x, box.y, box.w, box.h, 5, "surface", "wait", 1.3, [4, 3]);
  signAt(ink, pod, box.x + 8, box.y + 12, 14, turns);
  ink.text(pod.app, box.x + 28, box.y + 16, "bold", "ink", "left", box.w - 34);
  if (pod.note) ink.text(pod.note, box.x + 28, box.y + 31, "small", "wait", "left", box.w - 34);
  else ink.text(pod.hash || pod.namespace, box.x + 28, box.y + 31, "mono", "ink3", "left", box.w - 34);
}
