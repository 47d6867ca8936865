/** The record below: revisions with their reasons, and API calls as they pass. A real table, newest first, bounded. */
import { glyph } from "../lib/glyphs.js";
import { partOf, whoActed } from "../lib/parts.js";
import { since } from "../lib/clock.js";

const MOST = 100;

export function mount(element, feed, clock) {
  return new Record(element, feed, clock);
}

class Record {
  constructor(element, feed, clock) {
    Object.assign(this, { element, feed, clock });
    this.causes = [];
    this.beats = [];
    this.calls = new Map();
    this.origin = 0;
    feed.addEventListener("causes", (event) => this.takeCauses(event.detail));
    feed.addEventListener("signals", (event) => this.takeSignals(event.detail));
    element.addEventListener("click", (event) => this.click(event));
    for (const tab of element.querySelectorAll("[role=tab]")) tab.addEventListener("click", () => this.show(tab));
    element.querySelector("[data-beats]")?.addEventListener("change", () => this.redraw());
    element.querySelector("[data-fold]")?.addEventListener("click", () => element.classList.toggle("folded"));
  }

  show(tab) {
    for (const other of this.element.querySelectorAll("[role=tab]")) other.setAttribute("aria-selected", other === tab);
    for (const pane of this.element.querySelectorAll(".pane")) pane.hidden = pane.id !== tab.getAttribute("aria-controls");
    this.element.classList.remove("folded");
    this.redraw();
  }

  takeCauses(causes) {
    this.base(causes[0]);
    for (const cause of causes) (isBeat(cause) ? this.beats : this.causes).push(cause);
    for (const list of [this.causes, this.beats]) if (list.length > MOST * 2) list.splice(0, list.length - MOST);
    this.soon();
  }

  takeSignals(signals) {
    for (const signal of signals) {
      if (signal.kind !== "request" && signal.kind !== "response") continue;
      if (signal.source === "etcd" || signal.target === "etcd") continue;
      const key = signal.request || `${signal.time}${signal.source}${signal.label}`;
      const call = this.calls.get(key) ?? { key, time: signal.time, who: signal.kind === "request" ? signal.source : signal.target };
      if (signal.kind === "request") Object.assign(call, { label: signal.label, why: signal.why, subject: signal.subject_name, began: signal.time });
      else Object.assign(call, { code: signal.code, ok: signal.ok, stage: signal.stage, revision: signal.revision, ended: signal.time, said: signal.label });
      this.calls.set(key, call);
    }
    if (this.calls.size > MOST * 2) for (const key of [...this.calls.keys()].slice(0, MOST)) this.calls.delete(key);
    this.soon();
  }

  soon() {
    if (this.due) return;
    this.due = setTimeout(() => {
      this.due = 0;
      this.redraw();
    }, 300);
  }

  redraw() {
    if (document.hidden) return;
    const beats = this.element.querySelector("[data-beats]")?.checked;
    const revisions = this.element.querySelector("#pane-revisions tbody");
    if (revisions && !revisions.closest(".pane").hidden) {
      const all = beats ? [...this.causes, ...this.beats].sort((a, b) => a.revision - b.revision) : this.causes;
      const rows = all.slice(-MOST).reverse();
      fill(revisions, rows, (cause) => cause.revision, (cause) => revisionRow(cause, this.base()));
    }
    const calls = this.element.querySelector("#pane-calls tbody");
    if (calls && !calls.closest(".pane").hidden) {
      const rows = [...this.calls.values()].slice(-MOST).reverse();
      fill(calls, rows, (call) => `${call.key}${call.code ?? ""}`, (call) => callRow(call, this.base()));
    }
  }

  /** The moment from which times are told: that of the first revision the page heard of. */
  base(first = null) {
    if (!this.origin && first) this.origin = first.time;
    return this.origin;
  }

  click(event) {
    const row = event.target.closest("tr[data-uid]");
    if (!row) return;
    this.element.dispatchEvent(new CustomEvent("pick", { bubbles: true, detail: { uid: row.dataset.uid, trace: row.dataset.trace } }));
  }

  mark(uid) {
    for (const row of this.element.querySelectorAll("tr[data-uid]")) row.classList.toggle("sel", Boolean(uid) && row.dataset.uid === uid);
  }
}

/** Heartbeats: a kubelet's lease and the election leases, which would bury everything else. */
function isBeat(cause) {
  return cause.resource === "leases" || cause.resource === "events";
}

function fill(body, items, keyOf, make) {
  const had = new Map([...body.children].map((row) => [row.dataset.key, row]));
  const rows = items.map((item) => {
    const key = String(keyOf(item));
    const row = had.get(key) ?? make(item);
    row.dataset.key = key;
    return row;
  });
  body.replaceChildren(...rows);
}

function cellOf(text, className = "") {
  const td = document.createElement("td");
  td.textContent = text;
  td.className = className;
  td.title = text;
  return td;
}

function whoCell(part, words) {
  const td = document.createElement("td");
  const span = document.createElement("span");
  span.className = "who";
  const name = Object.assign(document.createElement("span"), { className: "cut", textContent: words });
  span.append(glyph(part.glyph, 14, `hue-${part.hue}`), name);
  td.append(span);
  return td;
}

function revisionRow(cause, origin) {
  const row = document.createElement("tr");
  if (cause.uid) row.dataset.uid = cause.uid;
  row.append(cellOf(since(cause.time, origin), "m mu"), cellOf(cause.revision, "m"), whoCell(partOf(cause.part), whoActed(cause)), cellOf(cause.what), cellOf(cause.why || "no reason was given", "i2"));
  return row;
}

function callRow(call, origin) {
  const row = document.createElement("tr");
  const part = partOf(call.who ?? "user");
  const answer = call.code ? String(call.code) : "…";
  const took = call.ended !== undefined && call.began !== undefined ? `${((call.ended - call.began) * 1000).toFixed(1)} ms` : "";
  row.append(cellOf(since(call.time, origin), "m mu"), cellOf(answer, call.code >= 400 ? "m bad" : "m"), whoCell(part, part.name + (call.who?.includes("/") ? ` ${call.who.split("/")[1]}` : "")), cellOf(`${call.label ?? call.said ?? ""} ${call.subject ?? ""}`, "m"), cellOf(call.code >= 400 ? `${call.stage ? `stopped at ${call.stage}: ` : ""}${call.said ?? ""}` : call.why || took, "i2"));
  return row;
}
