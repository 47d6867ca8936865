/** What every page has: theme, motion, keys, the search field, notices. No page knows of another. */

export function cookie(name) {
  return document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`))?.split("=")[1] ?? "";
}

export function setCookie(name, value) {
  document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`;
}

export function themes() {
  for (const button of document.querySelectorAll("[data-set-theme]")) {
    button.addEventListener("click", () => {
      const theme = button.dataset.setTheme;
      if (theme) document.documentElement.dataset.theme = theme;
      else delete document.documentElement.dataset.theme;
      setCookie("theme", theme);
      pressed("[data-set-theme]", (b) => b.dataset.setTheme === theme);
    });
  }
  for (const button of document.querySelectorAll("[data-set-motion]")) {
    button.addEventListener("click", () => {
      document.documentElement.dataset.motion = button.dataset.setMotion;
      setCookie("motion", button.dataset.setMotion);
      pressed("[data-set-motion]", (b) => b === button);
    });
  }
}

function pressed(selector, isOn) {
  for (const button of document.querySelectorAll(selector)) button.setAttribute("aria-pressed", isOn(button));
}

/** A menu or dialog that a button opens: data-opens names it. */
export function openers() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    for (const menu of document.querySelectorAll(".menu:not([hidden])")) {
      if (!menu.contains(event.target) && menu.id !== opener?.dataset.opens) menu.hidden = true;
    }
    if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
    if (!opener) return;
    const target = document.getElementById(opener.dataset.opens);
    if (target.tagName === "DIALOG") target.showModal();
    else target.hidden = !target.hidden;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") for (const menu of document.querySelectorAll(".menu:not([hidden])")) menu.hidden = true;
  });
}

let last = 0;
let held = 0;

/** Says something to whoever cannot see the drawing, at most once in three seconds. */
export function say(words) {
  const region = document.getElementById("says");
  if (!region) return;
  clearTimeout(held);
  const wait = Math.max(0, 3000 - (performance.now() - last));
  held = setTimeout(() => {
    last = performance.now();
    region.textContent = words;
  }, wait);
}

export function toast(words, tone = "") {
  const place = document.querySelector(".toasts");
  const notice = Object.assign(document.createElement("div"), { className: `notice ${tone}`, textContent: words });
  notice.setAttribute("role", tone === "bad" ? "alert" : "status");
  place.append(notice);
  setTimeout(() => notice.remove(), 6000);
}

export async function post(address, data) {
  const body = new URLSearchParams(data);
  const token = document.querySelector("meta[name=csrf-token]")?.content ?? "";
  const response = await fetch(address, { method: "POST", body, headers: { "X-CSRFToken": token } });
  if (!response.ok) toast(`That was refused: ${response.status} ${response.statusText}`, "bad");
  return response;
}

/** A select whose options are addresses goes to the chosen one. */
export function jumps() {
  document.addEventListener("change", (event) => event.target.matches("[data-jump]") && location.assign(event.target.value));
}
