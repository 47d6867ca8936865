/** What binds the parts of a cluster's page: selection ↔ inspector ↔ record, time travel, lost contact, words for the ear. */
import { refresh } from "./live.js";
import { say } from "./page.js";
import { badness } from "./scene.js";

export function workspace(app, feed, mounted, clock) {
  const inspector = document.getElementById("inspector");
  contact(app, feed);
  travel(app, feed, mounted, clock);
  health(app);
  if (!mounted.map || !inspector) return;
  let current = inspector.dataset.of ?? "";

  const open = (id) => {
    current = id || "cluster";
    const base = inspector.dataset.base;
    inspector.dataset.from = `${base}${current}`;
    inspector.hidden = false;
    app.classList.toggle("inspecting", Boolean(id));
    refresh(inspector);
    const address = new URL(location);
    if (id) address.searchParams.set("at", id);
    else address.searchParams.delete("at");
    history.replaceState(null, "", address);
  };

  document.addEventListener("choose", (event) => {
    open(event.detail.id);
    mounted.record?.mark(event.detail.id);
    const item = event.detail.item;
    if (item) say(`${item.name}: ${item.words ?? item.text ?? item.note ?? ""}`);
  });
  document.addEventListener("pick", (event) => mounted.map.choose(event.detail.uid));
  for (const [name, id] of [["pointerover", (link) => link?.dataset.choose ?? ""], ["pointerleave", () => ""], ["focusin", (link) => link?.dataset.choose ?? ""], ["focusout", () => ""]]) {
    inspector.addEventListener(name, (event) => mounted.map.point(id(event.target.closest?.("[data-choose]"))));
  }
  inspector.addEventListener("click", (event) => {
    const link = event.target.closest("[data-choose]");
    if (link) {
      event.preventDefault();
      mounted.map.choose(link.dataset.choose);
    }
    if (event.target.closest("[data-close]")) mounted.map.choose("");
    const tab = event.target.closest("[role=tab][data-tab]");
    if (tab) {
      inspector.dataset.from = `${inspector.dataset.base}${current}?tab=${tab.dataset.tab}`;
      refresh(inspector);
    }
  });
  const wanted = new URL(location).searchParams.get("at");
  if (wanted) feed.addEventListener("scene", () => mounted.map.choose(wanted), { once: true });
  else if (innerWidth >= 1200) feed.addEventListener("scene", () => open(""), { once: true });
  for (const button of document.querySelectorAll("[data-level]")) {
    button.addEventListener("click", () => {
      mounted.map.setLevel(button.dataset.level);
      for (const other of document.querySelectorAll("[data-level]")) other.setAttribute("aria-pressed", other === button);
    });
  }
  announce(feed, mounted);
}

/** "No contact for 4 s": the last state stays, desaturated, until the feed is back. */
function contact(app, feed) {
  const chip = document.querySelector(".lost");
  let since = 0;
  let ticking = 0;
  feed.addEventListener("lost", () => {
    since ||= performance.now();
    app.classList.add("stale");
    clearInterval(ticking);
    const draw = () => {
      const seconds = Math.round((performance.now() - since) / 1000);
      chip.hidden = seconds < 1;
      chip.textContent = `No contact for ${seconds} s, revision ${feed.revision}`;
    };
    draw();
    ticking = setInterval(draw, 1000);
  });
  feed.addEventListener("found", () => {
    since = 0;
    clearInterval(ticking);
    chip.hidden = true;
    app.classList.remove("stale");
  });
}

/** In the past the page shows one revision and writes nothing. */
function travel(app, feed, mounted) {
  let asked = 0;
  document.addEventListener("travel", (event) => {
    const past = event.detail;
    app.classList.toggle("past", Boolean(past));
    clearTimeout(asked);
    asked = setTimeout(() => feed.send(past ? { type: "at", revision: past.revision } : { type: "again" }), past ? 60 : 0);
  });
  feed.addEventListener("past", (event) => {
    if (app.classList.contains("past")) mounted.map?.replace(event.detail);
  });
}

/** The health chip follows the scene: worst sign of nodes and pods. */
function health(app) {
  const chip = app.querySelector("[data-health]");
  if (!chip) return;
  document.addEventListener("scene", (event) => {
    const scene = event.detail;
    const nodes = scene.of("node");
    tellNodes(app, nodes);
    const silent = nodes.filter((node) => node.sign !== "ready").length;
    const failing = scene.of("pod").filter((pod) => badness(pod.sign) >= badness("unsched")).length;
    const [words, tone] = silent ? [`${silent} node${silent > 1 ? "s" : ""} not ready`, "bad"] : failing ? [`${failing} pod${failing > 1 ? "s" : ""} in trouble`, "wait"] : nodes.length ? ["Healthy", "good"] : ["No nodes yet", "off"];
    if (chip.dataset.words === words) return;
    chip.dataset.words = words;
    chip.className = `chip ${tone}`;
    chip.querySelector("span").textContent = words;
    for (const svg of chip.querySelectorAll("[data-tone]")) svg.toggleAttribute("hidden", svg.dataset.tone !== tone);
  });
}

/** "1 master, 2 workers", as they come and go. */
function tellNodes(app, nodes) {
  const masters = nodes.filter((node) => node.master).length;
  const workers = nodes.length - masters;
  const words = [[masters, "master"], [workers, "worker"]].filter(([n]) => n).map(([n, noun]) => `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`).join(", ") || "no nodes";
  const place = app.querySelector("[data-about]");
  if (place && place.textContent !== words) place.textContent = words;
}

/** Rollouts that finish and pods that fail are said aloud. */
function announce(feed, mounted) {
  const before = new Map();
  document.addEventListener("scene", (event) => {
    for (const item of event.detail.items.values()) {
      if (item.kind === "workload" && item.type === "Deployment") {
        const old = before.get(item.id);
        if (old !== undefined && old !== item.words && item.ready === item.wanted) say(`${item.words.replace(" pods", ` ${item.name} pods`)}`);
        before.set(item.id, item.words);
      } else if (item.kind === "pod") {
        const old = before.get(item.id);
        if (old !== undefined && old !== item.sign && badness(item.sign) >= badness("unsched")) say(`${item.name}: ${item.words}`);
        before.set(item.id, item.sign);
      }
    }
    if (before.size > 4000) before.clear();
  });
  void mounted;
}
