/** Entry of every page: opens the feed where there is a cluster, and mounts the diagrams that the page asks for by data-diagram. */
import { Feed, RecordedFeed } from "./lib/feed.js";
import { transport } from "./lib/transport.js";
import { jumps, openers, say, themes } from "./lib/page.js";
import { keys } from "./lib/keys.js";
import { search } from "./lib/search.js";
import { live } from "./lib/live.js";
import { workspace } from "./lib/workspace.js";
import { tour } from "./lib/tour.js";

// A literal table: computed import paths could not be rewritten when files get hashed names.
const DIAGRAMS = {
  map: () => import("./diagrams/map.js"),
  timeline: () => import("./diagrams/timeline.js"),
  record: () => import("./diagrams/record.js"),
  trace: () => import("./diagrams/trace.js"),
  editor: () => import("./diagrams/editor.js"),
  yaml: () => import("./diagrams/yaml.js"),
};

async function begin() {
  themes();
  openers();
  jumps();
  const app = document.querySelector("[data-feed]");
  const feed = app ? await feedOf(app) : new EventTarget();
  const clock = transport(document.querySelector("[data-clock]"), feed);
  const mounted = {};
  for (const element of document.querySelectorAll("[data-diagram]")) {
    const name = element.dataset.diagram;
    const module = await DIAGRAMS[name]();
    mounted[name] = module.mount(element, feed, clock);
  }
  keys(mounted);
  search(mounted);
  live(feed);
  if (app) workspace(app, feed, mounted, clock);
  tour(mounted);
  if (app) feed.open();
  window.orrery = { feed, clock, ...mounted };
  say("");
}

/** Where a page brings recorded messages along, they are played; else the socket. */
async function feedOf(app) {
  if (app.dataset.recorded) return new RecordedFeed(await (await fetch(app.dataset.recorded)).json());
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  return new Feed(`${scheme}://${location.host}${app.dataset.feed}`, app.dataset.wants.split(" "));
}

begin();
