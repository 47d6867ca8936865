/** The scene as the page holds it: items by id, with the lists that layouts and trees need. Only whole items are set. */
export class Scene {
  constructor() {
    this.items = new Map();
    this.edges = new Map();
    this.revision = 0;
    this.version = 0;
  }

  replace({ revision, nodes, edges }) {
    this.items = new Map(nodes.map((item) => [item.id, item]));
    this.edges = new Map(edges.map((edge) => [edge.id, edge]));
    this.revision = revision;
    this.version += 1;
  }

  /** Applies a delta; returns the ids that were not there before. */
  apply({ revision, nodes, edges }) {
    const fresh = [];
    for (const item of nodes?.set ?? []) {
      if (!this.items.has(item.id)) fresh.push(item.id);
      this.items.set(item.id, item);
    }
    for (const id of nodes?.gone ?? []) this.items.delete(id);
    for (const edge of edges?.set ?? []) this.edges.set(edge.id, edge);
    for (const id of edges?.gone ?? []) this.edges.delete(id);
    this.revision = Math.max(this.revision, revision ?? 0);
    this.version += 1;
    return fresh;
  }

  get(id) {
    return this.items.get(id);
  }

  of(kind) {
    const found = [];
    for (const item of this.items.values()) if (item.kind === kind) found.push(item);
    return found;
  }

  /** Nodes in name order, masters first; numbers in names count as numbers. */
  nodes() {
    return this.of("node").sort((a, b) => Number(b.master) - Number(a.master) || byName(a, b));
  }

  /** Ids of everything that an item selects or owns, over any number of owners; a pod's own id for a pod. */
  reach(id) {
    const item = this.items.get(id);
    if (!item) return new Set();
    if (item.kind === "service") return new Set(item.pods);
    if (item.kind === "node") return new Set(this.of("pod").filter((pod) => pod.node === item.name).map((pod) => pod.id));
    if (item.kind !== "workload") return new Set();
    const found = new Set([id]);
    for (let grown = true; grown; ) {
      grown = false;
      for (const edge of this.edges.values()) {
        if (found.has(edge.source) && !found.has(edge.target)) grown = Boolean(found.add(edge.target));
      }
    }
    return new Set([...found].filter((key) => this.items.get(key)?.kind === "pod"));
  }
}

const collator = new Intl.Collator("en", { numeric: true });

export function byName(a, b) {
  return collator.compare(a.name, b.name);
}

const WORST_FIRST = ["failed", "crash", "unknown", "unsched", "notready", "term", "pulling", "pending", "done", "ready"];

export function badness(sign) {
  const place = WORST_FIRST.indexOf(sign);
  return place < 0 ? 0 : WORST_FIRST.length - place;
}

export function worstOf(items) {
  return items.reduce((worst, item) => (badness(item.sign) > badness(worst) ? item.sign : worst), "ready");
}
