/** Documents that stay current: an element with data-refresh="pods" is fetched again when pods have changed, at most once a second. */
const PAUSE = 800;

export function live(feed) {
  const due = new Map();
  feed.addEventListener("changed", (event) => {
    const changed = new Set(event.detail);
    for (const element of document.querySelectorAll("[data-refresh]")) {
      const topics = element.dataset.refresh.split(" ");
      if (!topics.some((topic) => topic === "*" || changed.has(topic))) continue;
      if (due.has(element)) continue;
      due.set(element, setTimeout(() => {
        due.delete(element);
        if (element.isConnected && !document.hidden && !element.contains(document.activeElement?.closest?.("input,textarea,select"))) refresh(element);
      }, PAUSE));
    }
  });
}

export function refresh(element) {
  const address = element.dataset.from;
  if (address) window.htmx?.ajax("GET", address, { target: element, swap: element.dataset.swap ?? "innerMorph" });
}
