/** The parts of a cluster: how each is called, drawn and coloured. A part's id is "scheduler" or "kubelet/worker-1". */
const KINDS = {
  apiserver: { hue: "api", glyph: "api", name: "API server" },
  etcd: { hue: "etcd", glyph: "etcd", name: "etcd" },
  scheduler: { hue: "sched", glyph: "sched", name: "Scheduler" },
  "controller-manager": { hue: "cm", glyph: "cm", name: "Controller manager" },
  kubelet: { hue: "kubelet", glyph: "kubelet", name: "kubelet" },
  proxy: { hue: "proxy", glyph: "proxy", name: "kube-proxy" },
  runtime: { hue: "rt", glyph: "rt", name: "container runtime" },
  dns: { hue: "dns", glyph: "dns", name: "CoreDNS" },
  ingress: { hue: "ingress", glyph: "ingress", name: "Ingress controller" },
  pod: { hue: "rt", glyph: "pod", name: "Pod" },
  user: { hue: "user", glyph: "user", name: "kubectl" },
};

/** The kind of part that an id names; anything unknown is a client from outside. */
export function partOf(id) {
  const [kind] = id.split("/");
  return KINDS[kind] ?? KINDS.user;
}

export function nodeOf(id) {
  const [kind, node = ""] = id.split("/");
  return kind === "kubelet" || kind === "proxy" || kind === "runtime" ? node : "";
}

/** "Deployment loop" for deployment-controller, "kubelet worker-1" for kubelet/worker-1: how a record names who acted. */
export function whoActed({ component, part: id }) {
  const part = partOf(id);
  if (part.hue === "cm") {
    const short = component.replace(/-(controller|manager)$/, "").replace(/^kube-controller$/, "controller manager");
    const known = { replicaset: "ReplicaSet", endpointslice: "EndpointSlice", statefulset: "StatefulSet", daemonset: "DaemonSet", serviceaccount: "ServiceAccount", "generic-garbage-collector": "Garbage collector" };
    const words = known[short] ?? short.replace(/-/g, " ").replace(/^./, (first) => first.toUpperCase());
    return `${words} loop`;
  }
  if (component === "form") return "You, by a form";
  if (part.hue === "user") return component || "unknown";
  return part.name + (component.includes("/") ? ` ${component.split("/")[1]}` : "");
}
