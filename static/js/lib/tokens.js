/** Colours of the language as the page has them now, for canvases. They change with the theme, so ask again on `themechange`. */
const NAMES = [
  "paper", "surface", "raised", "sunken", "hair", "line", "edge", "ink", "ink2", "ink3", "on-solid", "accent", "accent-soft", "time", "time-soft",
  "good", "good-soft", "wait", "wait-soft", "bad", "bad-soft", "off", "off-soft",
  "api", "etcd", "sched", "cm", "kubelet", "proxy", "rt", "dns", "ingress", "user",
];

export function colours() {
  const style = getComputedStyle(document.documentElement);
  const found = Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  found.sans = style.getPropertyValue("--sans").trim();
  found.mono = style.getPropertyValue("--mono").trim();
  return found;
}

/** Calls `tell` whenever the theme changes, by hand or by the system. Returns a function that stops it. */
export function onThemeChange(tell) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const seen = new MutationObserver(tell);
  seen.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  system.addEventListener("change", tell);
  return () => {
    seen.disconnect();
    system.removeEventListener("change", tell);
  };
}

const stillWish = matchMedia("(prefers-reduced-motion: reduce)");

/** Whether nothing may travel, turn or glide: the system's wish or the page's own setting. */
export function isStill() {
  return stillWish.matches || document.documentElement.dataset.motion === "still";
}
