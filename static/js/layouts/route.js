/**
 * The way of a message, as points: from its source along the rails to its target. Where no rail is drawn, nothing passes.
 *
 * A rail has two lanes 12 px apart. The lane of those who ask is the left or upper one, that of answers and news the other.
 */
import { nodeOf } from "../lib/parts.js";

const LANE = 6;

/** Whether the id names the API server's side of a rail. */
function isServer(id) {
  return id === "apiserver" || id.startsWith("apiserver/");
}

/** Returns {points, rail} or null. */
export function route(plan, scene, source, target) {
  if (isServer(source) || isServer(target)) {
    const other = isServer(source) ? target : source;
    const key = railOf(plan, scene, other);
    const rail = plan.rails.get(key);
    if (!rail) return null;
    const toward = isServer(target);
    const points = toward ? rail.points : [...rail.points].reverse();
    const asks = rail.client ? toward : !toward;
    return { points: lane(points, asks ? -LANE : LANE, toward), rail: key };
  }
  const node = nodeOf(source) || nodeOf(target);
  if (!node) return null;
  return inside(plan, source, target, node);
}

/** The rail that a part uses to reach the API server. */
export function railOf(plan, scene, id) {
  if (plan.rails.has(id)) return id;
  const node = nodeOf(id);
  if (node) return `node/${node}`;
  if (id.startsWith("pod/")) {
    const pod = scene.get(id.slice(4));
    return pod?.node ? `node/${pod.node}` : "";
  }
  return "user";
}

/** Between parts of one node: kubelet and runtime share a rail; a probe goes from the kubelet down to the pod. */
function inside(plan, source, target, node) {
  const rail = plan.rails.get(`runtime/${node}`);
  const kinds = [source.split("/")[0], target.split("/")[0]];
  if (rail && kinds.includes("kubelet") && kinds.includes("runtime")) {
    const asks = kinds[0] === "kubelet";
    const points = asks ? rail.points : [...rail.points].reverse();
    return { points: points.map(([x, y]) => [x, y + (asks ? -LANE : LANE)]), rail: `runtime/${node}` };
  }
  const pod = [source, target].find((id) => id.startsWith("pod/"));
  const cell = pod && plan.cells.get(pod.slice(4));
  const from = plan.boxes.get(`kubelet/${node}`);
  if (!cell || !from) return null;
  const start = [from.x + from.w / 2, from.y + from.h];
  const end = [cell.x + Math.min(cell.w / 2, 42), cell.y];
  const points = start[0] === end[0] ? [start, end] : [start, [start[0], start[1] + 12], [end[0], start[1] + 12], end];
  return { points: pod === target ? points : points.reverse(), rail: "" };
}

/** Moves a polyline sideways by `offset`, keeping right angles. The offset is measured as if going toward the API server. */
function lane(points, offset, toward) {
  const base = toward ? points : [...points].reverse();
  const moved = base.map((point, i) => {
    const before = base[i - 1];
    const after = base[i + 1];
    const shift = [0, 0];
    for (const [a, b] of [[before, point], [point, after]]) {
      if (!a || !b) continue;
      if (a[0] === b[0]) shift[0] = offset;
      else shift[1] = offset;
    }
    return [point[0] + shift[0], point[1] + shift[1]];
  });
  return toward ? moved : moved.reverse();
}

/** Length of a polyline, and the point and heading at a distance along it. */
export function measure(points) {
  const lengths = points.slice(1).map((point, i) => Math.hypot(point[0] - points[i][0], point[1] - points[i][1]));
  return { points, lengths, total: lengths.reduce((sum, length) => sum + length, 0) };
}

export function along(path, distance) {
  let left = Math.max(0, Math.min(path.total, distance));
  for (let i = 0; i < path.lengths.length; i += 1) {
    const [a, b] = [path.points[i], path.points[i + 1]];
    if (left <= path.lengths[i] || i === path.lengths.length - 1) {
      const share = path.lengths[i] ? left / path.lengths[i] : 1;
      return { x: a[0] + (b[0] - a[0]) * share, y: a[1] + (b[1] - a[1]) * share, angle: Math.atan2(b[1] - a[1], b[0] - a[0]) };
    }
    left -= path.lengths[i];
  }
  return { x: path.points[0][0], y: path.points[0][1], angle: 0 };
}
