/**
 * Where everything stands on the map, as pure data: `layout(scene, size, slots)` gives boxes by id and rails by part.
 *
 * The plan is fixed: control plane on top, the API server as a bar over the full width, unbound pods beneath it, nodes below,
 * the user at the bar's left. Only the depth of the nodes changes with their number.
 */
import { byName } from "../lib/scene.js";

export const MIN_WIDTH = 1000;
const LEFT = 14;
const RIGHT = 12;
const PLANE = { x: 178, y: 12, h: 256 };
const BAR = { y: 198, h: 54 };
const NODES_Y = 356;
const SMALL = 35;
const GAP = 16;

export function levelOf(count) {
  if (count > 60) return "cluster";
  if (count > 12) return "zone";
  return count > 3 ? "node" : "pod";
}

/** Cells of full size only while they nearly fit; a fuller cluster shows chips, so that no trouble hides below the edge. */
function fitting(level, nodes, scene, width, size) {
  if (level !== "pod") return level;
  const workers = nodes.filter((node) => !node.master);
  if (!workers.length) return level;
  const counts = new Map();
  for (const pod of scene.of("pod")) counts.set(pod.node, (counts.get(pod.node) ?? 0) + 1);
  const masters = nodes.length - workers.length;
  const each = (width - LEFT - RIGHT - GAP * (nodes.length - 1) - masters * 226) / workers.length;
  const rows = Math.max(...workers.map((node) => Math.ceil((counts.get(node.name) ?? 0) / columnsOf(each))));
  return rows > Math.max(2, Math.floor((size.height - NODES_Y - 108) / 82)) + 1 ? "node" : level;
}

export function layout(scene, size, slots, chosenLevel = "") {
  const width = Math.max(MIN_WIDTH, size.width);
  const nodes = scene.nodes();
  const level = chosenLevel || fitting(levelOf(nodes.length), nodes, scene, width, size);
  const plan = { level, width, height: 0, boxes: new Map(), rails: new Map(), cells: new Map(), rooms: [], zones: [], bar: null, plane: null, tray: null, services: null, user: null };
  controlPlane(plan, width);
  const pods = podsByNode(scene);
  const build = { pod: podLevel, node: nodeLevel, zone: zoneLevel, cluster: clusterLevel }[level];
  build(plan, nodes, pods, size, slots);
  middle(plan, pods.get("") ?? [], scene);
  return plan;
}

function podsByNode(scene) {
  const found = new Map();
  for (const pod of scene.of("pod").sort((a, b) => Number(Boolean(b.mirror)) - Number(Boolean(a.mirror)) || byName(a, b))) {
    if (!found.has(pod.node)) found.set(pod.node, []);
    found.get(pod.node).push(pod);
  }
  return found;
}

function controlPlane(plan, width) {
  const w = width - PLANE.x - RIGHT;
  plan.plane = { x: PLANE.x, y: PLANE.y, w, h: PLANE.h };
  const inner = w - 32;
  const x0 = PLANE.x + 16;
  plan.bar = { x: x0, y: BAR.y, w: inner, h: BAR.h };
  plan.boxes.set("apiserver", plan.bar);
  const shares = [["controller-manager", 252], ["scheduler", 246], ["etcd", 260]];
  let x = x0;
  for (const [id, share] of shares) {
    const cw = Math.round(((inner - 2 * GAP) * share) / 758);
    plan.boxes.set(id, { x, y: 44, w: cw, h: 98 });
    const mid = x + Math.round(cw / 2);
    plan.rails.set(id, { points: [[mid, 142], [mid, BAR.y]], client: id !== "etcd" });
    x += cw + GAP;
  }
  plan.user = { x: LEFT, y: BAR.y, w: 104, h: BAR.h };
  plan.boxes.set("user", plan.user);
  plan.rails.set("user", { points: [[LEFT + 104, BAR.y + 26], [x0, BAR.y + 26]], client: true });
}

/** Unbound pods and services, in the band between bar and nodes, clear of the rails. */
function middle(plan, unbound, scene) {
  const xs = [...plan.rails.entries()].filter(([id]) => id.startsWith("node/")).map(([, rail]) => rail.points.at(-1)[0]).filter((x) => x > PLANE.x + 60);
  const edges = [PLANE.x + 60, ...new Set(xs.sort((a, b) => a - b)), plan.width - RIGHT + 30];
  const clear = plan.level === "pod" ? 34 : 74;
  const gaps = edges.slice(1).map((right, i) => ({ x: edges[i] + clear, w: right - edges[i] - clear - 34 })).filter((gap) => gap.w >= 170);
  const second = gaps.length > 1 ? gaps.pop() : { x: plan.width - 270, w: 242 };
  const first = gaps.sort((a, b) => b.w - a.w)[0] ?? { x: 352, w: 300 };
  const y = BAR.y + BAR.h + 32;
  if (unbound.length) {
    const w = Math.min(first.w, 320);
    plan.tray = { x: first.x, y, w, h: 52, pods: unbound };
    const fit = Math.max(1, Math.floor((w - 140) / 154));
    unbound.slice(0, fit).forEach((pod, i) => plan.cells.set(pod.id, { x: first.x + w - 10 - (i + 1) * 148 - i * 6, y: y + 7, w: 148, h: 38, style: "tray" }));
  }
  const services = scene.of("service").sort((a, b) => Number(a.namespace === "kube-system") - Number(b.namespace === "kube-system") || Number(a.name === "kubernetes") - Number(b.name === "kubernetes") || byName(a, b));
  const right = Math.min(plan.width - 28, second.x + second.w);
  const w = Math.min(250, right - second.x);
  plan.services = { x: right - w, y: y + 7, w, lines: services, rows: 3 };
}

function podLevel(plan, nodes, pods, size, slots) {
  const workers = nodes.filter((node) => !node.master).length;
  const masters = nodes.length - workers;
  const total = plan.width - LEFT - RIGHT - GAP * Math.max(0, nodes.length - 1);
  const masterWidth = workers ? 226 : total / Math.max(1, masters);
  const workerWidth = workers ? (total - masters * masterWidth) / workers : 0;
  const deepest = Math.max(...nodes.map((node) => rowsOf(node, pods.get(node.name) ?? [], node.master ? masterWidth : workerWidth, slots)), 2);
  const room = size.height - NODES_Y - 8;
  const rows = Math.max(deepest, Math.min(4, Math.floor((room - 100) / 82)));
  const h = Math.max(256, 92 + rows * 82 + 6, Math.min(room, 92 + rows * 82 + 70));
  let x = LEFT;
  for (const node of nodes) {
    const w = Math.round(node.master ? masterWidth : workerWidth);
    podRoom(plan, node, pods.get(node.name) ?? [], { x, y: NODES_Y, w, h }, slots, rows);
    x += w + GAP;
  }
  plan.height = NODES_Y + h + 12;
}

function columnsOf(w) {
  return Math.max(1, Math.floor((w - 24 + 6) / 114));
}

/** Rows of cells that a node needs. A master's pods stand small, two in a row. */
function rowsOf(node, pods, w, slots) {
  const placed = slots.assign(node.name, pods);
  const most = Math.max(0, ...[...placed.values()].map((slot) => slot + 1));
  return node.master ? Math.ceil((Math.ceil(most / 2) * SMALL + 40 - 6) / 82) : Math.ceil(most / columnsOf(w));
}

function podRoom(plan, node, pods, box, slots, rows) {
  const room = { ...box, node, style: "room", blanks: [], mirrors: [] };
  plan.rooms.push(room);
  plan.boxes.set(node.id, room);
  const columns = columnsOf(box.w);
  const w = Math.floor((box.w - 24 - 6 * (columns - 1)) / columns);
  const top = box.y + 92;
  const placed = slots.assign(node.name, pods);
  if (node.master) {
    const half = (box.w - 24 - 4) / 2;
    for (const [id, slot] of placed) plan.cells.set(id, { x: box.x + 12 + (slot % 2) * (half + 4), y: top + 6 + Math.floor(slot / 2) * SMALL, w: half, h: 30, style: "mirror" });
    room.mirrors = pods.filter((pod) => pod.mirror);
    instruments(plan, room, node, top + 8 + Math.ceil(placed.size / 2) * SMALL);
    return;
  }
  instruments(plan, room, node);
  for (const [id, slot] of placed) plan.cells.set(id, { ...slotBox(box, columns, w, top, slot), style: "cell" });
  const taken = new Set(placed.values());
  for (let slot = 0; slot < columns * rows; slot += 1) if (!taken.has(slot)) room.blanks.push(slotBox(box, columns, w, top, slot));
}

function slotBox(box, columns, w, top, slot) {
  return { x: box.x + 12 + (slot % columns) * (w + 6), y: top + Math.floor(slot / columns) * 82, w, h: 76 };
}

/** kubelet, runtime and proxy of a room, and the rails to them. */
function instruments(plan, room, node, below = room.y + room.h - 66) {
  const y = room.y + 38;
  const narrow = room.w < 300;
  const kubelet = { x: room.x + 12, y, w: 84, h: 30 };
  const runtime = narrow ? { x: room.x + 102, y, w: room.w - 114, h: 30 } : { x: room.x + 160, y, w: 104, h: 30 };
  const proxy = narrow ? { x: room.x + 12, y: below, w: 100, h: 30 } : { x: room.x + room.w - 88, y, w: 76, h: 30 };
  plan.boxes.set(`kubelet/${node.name}`, kubelet);
  plan.boxes.set(`runtime/${node.name}`, runtime);
  plan.boxes.set(`proxy/${node.name}`, proxy);
  plan.rails.set(`runtime/${node.name}`, { points: [[kubelet.x + kubelet.w, y + 15], [runtime.x, y + 15]], client: true, short: narrow, inner: true });
  const x = room.x + 54;
  const bar = plan.bar;
  if (x > bar.x + 12 && x < bar.x + bar.w - 12) plan.rails.set(`node/${node.name}`, { points: [[x, room.y], [x, bar.y + bar.h]], client: true });
  else plan.rails.set(`node/${node.name}`, { points: [[x, room.y], [x, bar.y + bar.h + 58], [bar.x + 34, bar.y + bar.h + 58], [bar.x + 34, bar.y + bar.h]], client: true });
}

function grid(plan, count, minWidth, most) {
  const columns = Math.max(1, Math.min(count, most, Math.floor((plan.width - LEFT - RIGHT + 30) / (minWidth + 30))));
  const w = Math.floor((plan.width - LEFT - RIGHT - 30 * columns) / columns);
  return { columns, w, x: (i) => LEFT + 30 + (i % columns) * (w + 30), row: (i) => Math.floor(i / columns) };
}

/** A rail that runs down the gap left of a column, with a stub into each room. */
function columnRail(plan, node, box) {
  const x = box.x - 15;
  const y = box.y + 20;
  const bar = plan.bar;
  const up = x < bar.x + 12 ? [[x, bar.y + bar.h + 20], [bar.x + 34, bar.y + bar.h + 20], [bar.x + 34, bar.y + bar.h]] : [[x, bar.y + bar.h]];
  plan.rails.set(`node/${node.name}`, { points: [[box.x, y], [x, y], ...up], client: true, shared: Math.round(x) });
}

/** Chips are as wide as the rooms' share of the screen allows, 44 at the least. */
function chipWidth(cells, nodes, pods, size) {
  const rooms = Math.ceil(nodes.length / cells.columns);
  const rows = Math.max(2, Math.floor(((size.height - NODES_Y) / rooms - GAP - 84) / 38));
  const most = Math.max(0, ...nodes.map((node) => pods.get(node.name)?.length ?? 0));
  const inner = cells.w - 24 + 4;
  for (const columns of [3, 4, 5]) {
    const width = Math.floor(inner / columns) - 4;
    if (width >= 44 && Math.ceil(most / columns) <= rows) return width;
  }
  return 44;
}

function nodeLevel(plan, nodes, pods, size, slots) {
  const cells = grid(plan, nodes.length, 250, 4);
  const chip = chipWidth(cells, nodes, pods, size);
  const columns = Math.floor((cells.w - 24 + 4) / (chip + 4));
  const deep = nodes.map((node) => Math.max(2, Math.ceil((Math.max(0, ...slots.assign(node.name, pods.get(node.name) ?? []).values()) + 1) / columns)));
  const rowHeights = [];
  nodes.forEach((_, i) => (rowHeights[cells.row(i)] = Math.max(rowHeights[cells.row(i)] ?? 0, 84 + deep[i] * 38)));
  nodes.forEach((node, i) => {
    const y = NODES_Y + rowHeights.slice(0, cells.row(i)).reduce((sum, h) => sum + h + GAP, 0);
    const box = { x: cells.x(i), y, w: cells.w, h: rowHeights[cells.row(i)], node, style: "room", blanks: [], mirrors: [] };
    plan.rooms.push(box);
    plan.boxes.set(node.id, box);
    for (const [part, offset] of [["kubelet", 0], ["runtime", 1], ["proxy", 2]]) plan.boxes.set(`${part}/${node.name}`, { x: box.x + 12 + (offset * (box.w - 24 + 6)) / 3, y: y + 38, w: (box.w - 36) / 3, h: 30, compact: true });
    columnRail(plan, node, box);
    for (const [id, slot] of slots.assign(node.name, pods.get(node.name) ?? [])) plan.cells.set(id, { x: box.x + 12 + (slot % columns) * (chip + 4), y: y + 76 + Math.floor(slot / columns) * 38, w: chip, h: 34, style: "chip" });
  });
  plan.height = NODES_Y + rowHeights.reduce((sum, h) => sum + h + GAP, 0);
}

function zoneLevel(plan, nodes, pods, size, slots) {
  const cells = grid(plan, nodes.length, 130, 12);
  const columns = Math.floor((cells.w - 20 + 3) / 10);
  const deep = Math.max(2, ...nodes.map((node) => Math.ceil((pods.get(node.name)?.length ?? 0) / columns)));
  const h = 46 + deep * 18;
  nodes.forEach((node, i) => {
    const box = { x: cells.x(i), y: NODES_Y + cells.row(i) * (h + 10), w: cells.w, h, node, style: "card" };
    plan.rooms.push(box);
    plan.boxes.set(node.id, box);
    columnRail(plan, node, box);
    for (const [id, slot] of slots.assign(node.name, pods.get(node.name) ?? [])) plan.cells.set(id, { x: box.x + 10 + (slot % columns) * 10, y: box.y + 38 + Math.floor(slot / columns) * 18, w: 7, h: 15, style: "stick" });
  });
  plan.height = NODES_Y + (cells.row(nodes.length - 1) + 1) * (h + 10) + 12;
}

function clusterLevel(plan, nodes, pods, size) {
  const zones = new Map();
  for (const node of nodes) zones.set(node.zone ?? "", [...(zones.get(node.zone ?? "") ?? []), node]);
  const names = [...zones.keys()].sort();
  const w = Math.floor((plan.width - LEFT - RIGHT - GAP * (names.length - 1)) / names.length);
  const columns = Math.max(1, Math.floor((w - 24 + 4) / 16));
  const scale = cellScale(Math.max(...[...zones.values()].map((z) => z.length)), w, size.height - NODES_Y - 70);
  const fit = Math.max(1, Math.floor((w - 24) / scale.step));
  const deepest = Math.max(...[...zones.values()].map((z) => Math.ceil(z.length / Math.min(columns, fit))));
  const h = 48 + deepest * (scale.h + scale.gap + 2) + 12;
  names.forEach((name, i) => {
    const x = LEFT + i * (w + GAP);
    const members = zones.get(name);
    const zone = { x, y: NODES_Y, w, h, name, members };
    plan.zones.push(zone);
    const mid = Math.max(plan.bar.x + 40, x + w / 2);
    members.forEach((node, k) => {
      const per = Math.min(columns, fit);
      const box = { x: x + 12 + (k % per) * scale.step, y: NODES_Y + 44 + Math.floor(k / per) * (scale.h + scale.gap + 2), w: scale.w, h: scale.h, node, style: "dot", pods: pods.get(node.name) ?? [] };
      plan.rooms.push(box);
      plan.boxes.set(node.id, box);
      plan.rails.set(`node/${node.name}`, { points: [[mid, NODES_Y], [mid, plan.bar.y + plan.bar.h]], client: true, shared: Math.round(mid) });
    });
  });
  plan.height = NODES_Y + h + 12;
}

/** Cells grow from 12 × 17 while the zone's panel has room. */
function cellScale(count, width, height) {
  for (const k of [3.6, 3, 2.6, 2.2, 1.8, 1.5, 1.25, 1]) {
    const w = Math.round(12 * k);
    const h = Math.round(17 * k);
    const per = Math.floor((width - 24) / (w + 4));
    if (Math.ceil(count / per) * (h + 6) <= height || k === 1) return { w, h, gap: 4, step: w + 4 };
  }
  return { w: 12, h: 17, gap: 4, step: 16 };
}
