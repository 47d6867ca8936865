/** Paints what stands still: control plane, rails, tray, services, nodes. Pods are painted by cells.js. */
import { drawGlyph, drawSign } from "../../lib/glyphs.js";

const STAGES = ["authn", "authz", "fairness", "mutate", "schema", "validate", "store"];
const MESSAGES = [["request", "Request"], ["response", "Response"], ["watch", "Watch event"], ["cri", "Runtime call (CRI)"], ["probe", "Probe"], ["packet", "Packet"]];
const RUNTIMES = { containerd: "containerd", "cri-o": "CRI-O", docker: "Docker" };

/** Where the seven beads stand on the bar. */
export function beads(bar) {
  const from = bar.x + Math.max(170, bar.w * 0.256);
  const step = (bar.x + bar.w - 90 - from) / 6;
  return STAGES.map((name, i) => ({ name, x: from + i * step, y: bar.y + 17 }));
}

export function paintPlane(ink, plan, scene, head) {
  const { c, ctx } = ink;
  legend(ink, head);
  ctx.globalAlpha = 0.72;
  ink.box(plan.plane.x, plan.plane.y, plan.plane.w, plan.plane.h, 10, "surface", null);
  ctx.globalAlpha = 1;
  ink.box(plan.plane.x, plan.plane.y, plan.plane.w, plan.plane.h, 10, null, "line");
  ink.text("CONTROL PLANE", plan.plane.x + 16, 31, "cap", "ink3");
  const masters = scene.nodes().filter((node) => node.master).map((node) => node.name);
  if (masters.length) ink.text(`on ${masters.join(", ")}`, plan.plane.x + plan.plane.w - 16, 31, "small", "ink3", "right", 300);
  for (const id of ["controller-manager", "scheduler", "etcd"]) card(ink, plan.boxes.get(id), id, scene.get(id), c, scene.past);
  bar(ink, plan.bar, scene.get("apiserver"));
  user(ink, plan.user);
}

function legend(ink, head) {
  ink.text("WHAT MOVES", 14, 28, "cap", "ink3");
  MESSAGES.forEach(([kind, words], i) => {
    const y = 48 + i * 21;
    head(ink, kind, 24, y, 0, "ink2", 0, 0.9);
    ink.text(words, 42, y + 4, "small", "ink2");
  });
}

const HUES = { "controller-manager": ["cm", "cm"], scheduler: ["sched", "sched"], etcd: ["etcd", "etcd"] };

function card(ink, box, id, part, c, past) {
  const [glyphName, hue] = HUES[id];
  const { ctx } = ink;
  ink.box(box.x, box.y, box.w, box.h, 8, "surface", "line");
  if (!part || part.leads !== false) {
    ctx.beginPath();
    ctx.moveTo(box.x, box.y + 8);
    ctx.arcTo(box.x, box.y, box.x + 8, box.y, 8);
    ctx.arcTo(box.x + box.w, box.y, box.x + box.w, box.y + 8, 8);
    ctx.strokeStyle = c[hue];
    ctx.lineWidth = 2;
    ctx.stroke();
  }
  drawGlyph(ctx, glyphName, box.x + 12, box.y + 12, 16, c[hue]);
  const names = { "controller-manager": "Controller manager", scheduler: "Scheduler", etcd: "etcd" };
  ink.text(names[id], box.x + 36, box.y + 25, "head");
  if (!part) {
    ink.text(past ? "reports are not kept" : "not part of this cluster", box.x + box.w - 12, box.y + 25, "small", "ink3", "right");
    return;
  }
  if (part.down) drawSign(ctx, "failed", box.x + box.w - 26, box.y + 13, 13, c);
  else ink.text(part.note ?? "", box.x + box.w - 12, box.y + 25, "small", "ink3", "right", box.w - (id === "etcd" ? 90 : 170));
  if (id === "etcd") slots(ink, box, part);
  else if (id === "scheduler") scores(ink, box, part);
  else loops(ink, box, part);
}

function loops(ink, box, part) {
  const { ctx, c } = ink;
  (part.lines ?? []).slice(0, 3).forEach((line, i) => {
    const y = box.y + 46 + i * 19;
    ctx.beginPath();
    ctx.arc(box.x + 16, y - 4, line.on ? 3.5 : 3, 0, 7);
    if (line.on) {
      ctx.fillStyle = c.cm;
      ctx.fill();
    } else {
      ctx.strokeStyle = c.edge;
      ctx.lineWidth = 1.2;
      ctx.stroke();
    }
    const name = ink.width(line.name, line.on ? "bold" : "text");
    ink.text(line.name, box.x + 28, y, line.on ? "bold" : "text");
    ink.text(line.text, box.x + box.w - 12, y, "small", "ink2", "right", box.w - name - 54);
  });
}

function scores(ink, box, part) {
  const lines = (part.lines ?? []).slice(0, 3);
  if (!lines.length) ink.text("No pod has come since it started", box.x + 12, box.y + 46, "small", "ink2");
  const top = Math.max(100, ...lines.map((line) => line.score ?? 0));
  lines.forEach((line, i) => {
    const y = box.y + 46 + i * 19;
    const from = box.x + Math.round(box.w * 0.36);
    const w = box.w - Math.round(box.w * 0.36) - 54;
    ink.text(line.name, box.x + 12, y, line.on ? "bold" : "text", line.score === null ? "ink2" : "ink", "left", from - box.x - 20);
    if (line.score === null) {
      ink.text(line.text || "out", box.x + box.w - 12, y, "small", "ink3", "right", w);
      ink.line([[from, y - 4], [box.x + box.w - 24 - Math.min(w, ink.width(line.text || "out", "small")), y - 4]], "line", 1, [2, 3]);
      return;
    }
    ink.bar(from, y - 6, w, line.score / top, line.on ? "sched" : "edge", 5);
    ink.text(String(line.score), box.x + box.w - 12, y, "mono", "ink", "right");
  });
}

function slots(ink, box, part) {
  const list = part.slots ?? [];
  const w = (box.w - 24 - (list.length - 1) * 4.3) / Math.max(8, list.length);
  list.forEach((slot, i) => {
    const x = box.x + 12 + i * (w + 4.3);
    const newest = !slot.committed;
    ink.box(x, box.y + 38, w, 24, 3, newest ? "surface" : "sunken", newest ? "etcd" : "line", newest ? 1.4 : 1, newest ? [3, 2.5] : null);
    const digits = String(slot.revision);
    ink.text(digits.length > 3 ? digits.slice(-2) : digits, x + w / 2, box.y + 54, "mono", newest ? "etcd" : "ink2", "center");
  });
  ink.text(part.text ?? "", box.x + 12, box.y + 84, "small", "ink2");
  ink.text(part.writing ?? "", box.x + box.w - 12, box.y + 84, "small", "etcd", "right");
}

function bar(ink, box, part) {
  const { ctx, c } = ink;
  ink.box(box.x, box.y, box.w, box.h, 8, "accent-soft", "api", 1.4);
  drawGlyph(ctx, "api", box.x + 14, box.y + 10, 18, c.api);
  ink.text("API server", box.x + 40, box.y + 24, "head", "api");
  ink.text(part?.text ?? "", box.x + 14, box.y + 43, "small", "ink2", "left", 160);
  const stages = beads(box);
  ctx.globalAlpha = 0.45;
  ink.line([[stages[0].x - 20, box.y + 17], [stages[6].x + 70, box.y + 17]], "api");
  ctx.globalAlpha = 1;
  for (const bead of stages) {
    ctx.beginPath();
    ctx.arc(bead.x, bead.y, bead.name === "store" ? 5 : 3.2, 0, 7);
    ctx.fillStyle = c.api;
    ctx.strokeStyle = c["accent-soft"];
    ctx.lineWidth = 2;
    ctx.fill();
    ctx.stroke();
    ink.text(bead.name, bead.x, box.y + 41, "small", bead.name === "store" ? "api" : "ink2", "center");
  }
}

function user(ink, box) {
  ink.box(box.x, box.y, box.w, box.h, 8, "surface", "line");
  drawGlyph(ink.ctx, "user", box.x + 12, box.y + 11, 16, ink.c.user);
  ink.text("kubectl", box.x + 36, box.y + 23, "head");
  ink.text("you, and forms", box.x + 12, box.y + 43, "small", "ink2");
}

/** Two hairlines a rail, with round bends; shared rails are drawn once. */
export function paintRails(ink, plan) {
  const longest = new Map();
  for (const rail of plan.rails.values()) {
    if (rail.shared === undefined) continue;
    const known = longest.get(rail.shared);
    if (!known || rail.points[0][1] > known.points[0][1]) longest.set(rail.shared, rail);
  }
  for (const rail of plan.rails.values()) {
    if (rail.short || rail.inner) continue;
    if (rail.shared !== undefined && longest.get(rail.shared) !== rail) hairlines(ink, rail.points.slice(0, 2));
    else hairlines(ink, rail.points);
  }
}

/** The rails inside a room, over its ground. */
export function paintInner(ink, plan, node) {
  const rail = plan.rails.get(`runtime/${node.name}`);
  if (rail && !rail.short) hairlines(ink, rail.points);
}

function hairlines(ink, points) {
  if (points.length === 2 && Math.abs(points[0][0] - points[1][0]) < 1 && Math.abs(points[0][1] - points[1][1]) < 1) return;
  for (const offset of [-6, 6]) {
    const { ctx } = ink;
    const moved = points.map(([x, y], i) => {
      const vertical = [points[i - 1], points[i + 1]].some((other) => other && other[0] === x);
      const level = [points[i - 1], points[i + 1]].some((other) => other && other[1] === y);
      return [x + (vertical ? offset : 0), y + (level ? offset : 0)];
    });
    ctx.beginPath();
    ctx.moveTo(...moved[0]);
    for (let i = 1; i < moved.length - 1; i += 1) ctx.arcTo(...moved[i], ...moved[i + 1], 8);
    ctx.lineTo(...moved.at(-1));
    ctx.strokeStyle = ink.c.edge;
    ctx.lineWidth = 1;
    ctx.stroke();
  }
}

export function paintTray(ink, plan) {
  const { tray } = plan;
  if (!tray) return;
  ink.box(tray.x, tray.y, tray.w, tray.h, 8, "paper", "wait", 1.2, [5, 4]);
  ink.text("Waiting for a node", tray.x + 14, tray.y + 21, "bold");
  const count = tray.pods.length;
  ink.text(`${count} pod${count === 1 ? "" : "s"}`, tray.x + 14, tray.y + 39, "small", "ink2");
}

export function paintServices(ink, plan, chosen) {
  const { services } = plan;
  if (!services) return;
  ink.text("SERVICES", services.x, services.y, "cap", "ink3");
  const shown = services.lines.slice(0, services.lines.length > services.rows ? services.rows - 1 : services.rows);
  services.boxes = new Map();
  services.more = null;
  shown.forEach((service, i) => {
    const y = services.y + 17 + i * 18;
    services.boxes.set(service.id, { x: services.x - 4, y: y - 13, w: services.w + 8, h: 18 });
    if (chosen === service.id) ink.box(services.x - 4, y - 13, services.w + 8, 18, 4, "accent-soft", null);
    drawSign(ink.ctx, service.sign, services.x, y - 9, 11, ink.c);
    const words = ink.width(service.words, "small");
    ink.text(service.name, services.x + 18, y, "text", "ink", "left", services.w - words - 30);
    ink.text(service.words, services.x + services.w, y, "small", "ink2", "right");
  });
  const more = services.lines.length - shown.length;
  if (more > 0) {
    const y = services.y + 17 + shown.length * 18;
    services.more = { x: services.x - 4, y: y - 13, w: services.w + 8, h: 18 };
    ink.text(`and ${more} more`, services.x + 18, y, "small", "ink3");
  } else if (!services.lines.length) ink.text("none yet", services.x, services.y + 17, "small", "ink3");
}

export function paintRoom(ink, room, level) {
  const { node } = room;
  if (room.style === "room") (level === "pod" ? bigRoom : smallRoom)(ink, room, node);
  else if (room.style === "card") card2(ink, room, node);
  else dot(ink, room, node);
}

function frame(ink, room, node) {
  const bad = node.sign === "unknown";
  const tone = bad ? "bad" : node.sign === "ready" ? "line" : "wait";
  ink.box(room.x, room.y, room.w, room.h, 10, "surface", tone, node.sign === "ready" ? 1 : 1.4, node.sign === "ready" ? null : [4, 3]);
}

function bigRoom(ink, room, node) {
  const { ctx, c } = ink;
  frame(ink, room, node);
  drawSign(ctx, node.sign, room.x + 14, room.y + 12, 12, c, node.sign === "unknown" ? "bad" : "");
  const right = room.x + room.w - 14;
  const bars = room.w > 300 && !node.master;
  ink.text(node.name, room.x + 33, room.y + 23, "head", "ink", "left", room.w - (bars ? 260 : 140));
  const words = node.cordoned ? "cordoned" : node.sign !== "ready" ? node.words : "";
  if (words) ink.text(words, room.x + 44 + ink.width(node.name, "head"), room.y + 23, "small", node.cordoned ? "off" : "wait");
  if (node.master) ink.text("control plane", right, room.y + 23, "small", "ink3", "right");
  else if (bars) [["CPU", node.cpu, node.cpuUsed, 1], ["memory", node.memory, node.memoryUsed, 0]].forEach(([name, share, used, i]) => {
    const x = right - i * 112;
    ink.text(name, x - 48, room.y + 23, "small", "ink3", "right");
    ink.capacity(x - 42, room.y + 16, 42, share, used);
  });
  for (const blank of room.blanks) ink.box(blank.x, blank.y, blank.w, blank.h, 6, null, "hair");
  if (room.mirrors.length) {
    ink.text("Pods", room.x + 12, room.y + 88, "small", "ink2");
    ink.text(`${room.mirrors.length} static, mirrored`, room.x + room.w - 12, room.y + 88, "small", "ink3", "right");
  }
  if (node.taints?.length) ink.text(`Taint: ${node.taints.map((taint) => taint.replace("control-plane:", "")).join(", ")}`, room.x + 12, room.y + room.h - 10, "small", "ink2", "left", room.w - 24);
}

export function paintInstruments(ink, plan, room) {
  const { node } = room;
  for (const [part, glyphName, words] of [["kubelet", "kubelet", "kubelet"], ["runtime", "rt", RUNTIMES[node.runtime] ?? "runtime"], ["proxy", "proxy", room.w < 300 ? "kube-proxy" : "proxy"]]) {
    const box = plan.boxes.get(`${part}/${node.name}`);
    if (!box) continue;
    ink.box(box.x, box.y, box.w, box.h, 6, "paper", "line");
    drawGlyph(ink.ctx, glyphName, box.x + 8, box.y + 7, 15, ink.c[glyphName === "rt" ? "rt" : glyphName]);
    ink.text(box.compact && part === "proxy" ? "proxy" : words, box.x + 29, box.y + 19, box.compact ? "small" : "text", "ink", "left", box.w - 32);
  }
}

function smallRoom(ink, room, node) {
  frame(ink, room, node);
  drawSign(ink.ctx, node.sign, room.x + 12, room.y + 12, 12, ink.c, node.sign === "unknown" ? "bad" : "");
  ink.text(node.name, room.x + 31, room.y + 23, "head", "ink", "left", room.w - 130);
  const right = room.x + room.w - 12;
  ink.capacity(right - 34, room.y + 16, 34, node.cpu, node.cpuUsed);
  ink.text("CPU", right - 40, room.y + 23, "small", "ink3", "right");
}

function card2(ink, room, node) {
  ink.box(room.x, room.y, room.w, room.h, 8, "surface", node.sign === "ready" ? "line" : node.sign === "unknown" ? "bad" : "wait", node.sign === "ready" ? 1 : 1.4, node.sign === "ready" ? null : [4, 3]);
  drawSign(ink.ctx, node.sign, room.x + 9, room.y + 10, 11, ink.c, node.sign === "unknown" ? "bad" : "");
  ink.text(node.name, room.x + 26, room.y + 20, "text", "ink", "left", room.w - 70);
  ink.capacity(room.x + room.w - 38, room.y + 13, 28, node.cpu, node.cpuUsed);
}

/** Where no machine has joined: what would be here, and why it is not. */
export function paintNoNodes(ink, plan, size) {
  const y = 356;
  ink.box(14, y, plan.width - 26, Math.max(120, size.height - y - 12), 10, null, "hair");
  ink.text("No nodes yet", plan.width / 2, y + 56, "head", "ink", "center");
  ink.text("Machines would stand here. Pods wait in the tray above until one joins and its kubelet reports ready.", plan.width / 2, y + 78, "text", "ink2", "center");
}

/** The many healthy cells of a large cluster, all in two strokes of the brush; returns those that need more. */
export function paintDots(ink, rooms) {
  const { ctx, c } = ink;
  const special = [];
  const ground = new Path2D();
  const level = new Path2D();
  for (const room of rooms) {
    const { node, x, y, w, h } = room;
    const share = node.cpuUsed ?? Math.max(node.cpu, node.pods / node.room);
    if (node.sign !== "ready" || node.cordoned || share > 0.93 || room.worst === "crash" || room.worst === "failed") {
      special.push(room);
      continue;
    }
    ground.rect(x, y, w, h);
    const high = Math.max(2, h * share);
    level.rect(x, y + h - high, w, high);
  }
  ctx.fillStyle = c.sunken;
  ctx.fill(ground);
  ctx.globalAlpha = 0.64;
  ctx.fillStyle = c.good;
  ctx.fill(level);
  ctx.globalAlpha = 1;
  return special;
}

/** One cell a node: its level is how full it is, by CPU in use, CPU asked for or pods; other states by shape. */
function dot(ink, room, node) {
  const { ctx, c } = ink;
  const { x, y, w, h } = room;
  const trouble = room.worst ?? "ready";
  if (node.sign === "unknown") {
    ink.box(x, y, w, h, 2.5, "bad", null);
    ink.line([[x + w * 0.3, y + h / 2 - w * 0.2], [x + w * 0.7, y + h / 2 + w * 0.2]], "surface", 1.5);
    ink.line([[x + w * 0.7, y + h / 2 - w * 0.2], [x + w * 0.3, y + h / 2 + w * 0.2]], "surface", 1.5);
    return;
  }
  if (node.sign !== "ready") {
    ink.box(x + 0.5, y + 0.5, w - 1, h - 1, 2.5, "surface", "wait", 1.2);
    ink.box(x + 0.5, y + 0.5, w / 2 - 0.5, h - 1, 2.5, "wait", null);
    return;
  }
  if (node.cordoned) {
    ink.box(x + 0.5, y + 0.5, w - 1, h - 1, 2.5, "surface", "off", 1.2);
    ink.line([[x + w * 0.25, y + h / 2], [x + w * 0.75, y + h / 2]], "off", 1.5);
    return;
  }
  ink.box(x, y, w, h, 2.5, "sunken", null);
  const level = node.cpuUsed ?? Math.max(node.cpu, node.pods / node.room);
  const high = Math.max(2, h * level);
  ctx.globalAlpha = 0.64;
  ink.box(x, y + h - high, w, high, 2, level > 0.93 ? "wait" : "good", null);
  ctx.globalAlpha = 1;
  if (trouble === "crash" || trouble === "failed") drawSign(ctx, trouble, x + w / 2 - 5, y + 2, 10, c);
}

export function paintZone(ink, zone, words) {
  ink.box(zone.x, zone.y, zone.w, zone.h, 10, "surface", "line");
  const name = !zone.name ? "Nodes" : zone.name.startsWith("zone") ? zone.name : `zone ${zone.name}`;
  ink.text(name, zone.x + 14, zone.y + 23, "head");
  ink.text(`${zone.members.length} nodes`, zone.x + 24 + ink.width(name, "head"), zone.y + 23, "small", "ink3");
  drawSign(ink.ctx, words.sign, zone.x + zone.w - 34 - ink.width(words.text, "text"), zone.y + 12, 12, ink.c, words.sign === "unknown" ? "bad" : "");
  ink.text(words.text, zone.x + zone.w - 14, zone.y + 23, "text", words.sign === "ready" ? "ink2" : "bad", "right");
}
