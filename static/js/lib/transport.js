/** The clock in the header: what time it is in the cluster, and pause, step and speed. Works the same on every page of a cluster. */
import { ClusterClock, clockText, rateText } from "./clock.js";
import { post } from "./page.js";

export function transport(element, feed) {
  const clock = new ClusterClock();
  if (!element) return clock;
  const parts = Object.fromEntries(["state", "clock", "ms", "revision", "run", "speed", "chip"].map((name) => [name, element.querySelectorAll(`[data-clock-${name}]`)]));
  const set = (list, text) => list.forEach((part) => part.textContent !== text && (part.textContent = text));
  const address = element.dataset.clock;
  let past = null;

  feed.addEventListener("clock", (event) => {
    clock.set(event.detail);
    set(parts.revision, `rev ${event.detail.revision.toLocaleString("en")}`);
    draw();
  });
  document.addEventListener("travel", (event) => {
    past = event.detail;
    draw();
  });

  function draw() {
    const state = past ? `Revision ${past.revision}, read-only` : clock.paused ? "Paused" : clock.rate < 1 ? "Slow motion" : clock.rate > 1 ? "Fast" : "Live";
    set(parts.state, state);
    parts.run.forEach((button) => {
      button.setAttribute("aria-label", clock.paused ? "Run" : "Pause");
      button.dataset.do = clock.paused ? "run" : "pause";
      button.querySelector(".is-pause").toggleAttribute("hidden", clock.paused);
      button.querySelector(".is-run").toggleAttribute("hidden", !clock.paused);
    });
    parts.speed.forEach((select) => {
      const value = String(clock.rate);
      if (![...select.options].some((option) => option.value === value)) select.add(new Option(rateText(clock.rate), value));
      if (document.activeElement !== select) select.value = value;
    });
  }

  function tick() {
    requestAnimationFrame(tick);
    if (!clock.known || document.hidden) return;
    const [time, ms] = clockText(past?.time ?? clock.now());
    set(parts.clock, time);
    set(parts.ms, ms);
  }
  requestAnimationFrame(tick);

  const act = (what, rate = "") => post(address, rate ? { do: what, rate } : { do: what });
  element.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button && button.tagName === "BUTTON") act(button.dataset.do);
  });
  element.addEventListener("change", (event) => event.target.matches("[data-clock-speed]") && act("rate", event.target.value));
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input,textarea,select,[contenteditable=true],.cm-editor,dialog") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " && !event.target.closest("button,a,summary,[role=treeitem]")) {
      event.preventDefault();
      act(clock.paused ? "run" : "pause");
    } else if (event.key === ".") act("step");
  });
  return clock;
}
