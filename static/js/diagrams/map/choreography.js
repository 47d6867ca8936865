/**
 * When each message leaves and arrives. Order is the cluster's own: an answer leaves after its question has arrived, the store is
 * asked after the request is in, news of a revision goes out after the revision is stored, and an effect shows after all that.
 *
 * Pure: it is given host milliseconds and never reads a clock, so that it can be tested as a table.
 */
const SHORTEST = 120;
const LONGEST = 640;
const USUAL = 0.012;
const LATEST = 900;
const STAGES = ["authn", "authz", "fairness", "mutate", "schema", "validate", "store"];

export class Choreography {
  constructor() {
    this.arrivals = new Map();
    this.stored = new Map();
  }

  /** Host milliseconds of travel. At 1× and above between 120 and 640; slower clocks stretch it without limit. */
  travel(interval, rate) {
    const span = ((interval || USUAL) / rate) * 1000;
    return rate >= 1 ? Math.min(LONGEST, Math.max(SHORTEST, span * 20)) : Math.max(SHORTEST * 2, span * Math.min(20, 8 / rate ** 0.25));
  }

  /** Plans one signal seen at `now`: {leaves, arrives}. */
  plan(signal, now, rate, previous = 0) {
    const travel = this.travel(previous && signal.time > previous ? Math.min(0.05, signal.time - previous) : 0, rate);
    const after = this.after(signal);
    const limit = rate >= 1 ? LATEST : LATEST / rate;
    const leaves = Math.min(Math.max(now, after), now + limit);
    const arrives = leaves + travel;
    this.note(signal, arrives);
    return { leaves, arrives };
  }

  after(signal) {
    if (signal.kind === "watch") return this.stored.get(signal.revision) ?? 0;
    return (signal.request && this.arrivals.get(signal.request)) || 0;
  }

  note(signal, arrives) {
    if (signal.request && signal.kind !== "watch") this.arrivals.set(signal.request, arrives);
    if (signal.revision && signal.kind !== "watch") this.stored.set(signal.revision, arrives);
    for (const map of [this.arrivals, this.stored]) if (map.size > 4000) for (const key of [...map.keys()].slice(0, 2000)) map.delete(key);
  }

  /** When what revision `revision` changed may be shown. */
  showsAt(revision, now) {
    const moment = this.stored.get(revision);
    return moment === undefined ? now : Math.min(moment, now + LATEST);
  }
}

export function stageOf(signal) {
  return STAGES.indexOf(signal.stage);
}
