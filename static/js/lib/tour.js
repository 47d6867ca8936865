/** The first-visit tour: a few steps, each at a part of the map, with the idea behind it. Steps come with the page, in order. */
import { post } from "./page.js";

export function tour(mounted) {
  const box = document.getElementById("tour");
  if (!box) return;
  const steps = [...box.querySelectorAll("[data-step]")];
  let at = 0;

  const show = (next) => {
    at = Math.max(0, Math.min(steps.length - 1, next));
    steps.forEach((step, i) => (step.hidden = i !== at));
    box.querySelector("[data-place]").textContent = `${at + 1} of ${steps.length}`;
    box.querySelector("[data-back]").disabled = at === 0;
    box.querySelector("[data-next]").textContent = at === steps.length - 1 ? "Begin" : "Next";
    const part = steps[at].dataset.part;
    if (mounted.map?.plan) mounted.map.choose(part, true);
    stand(box, mounted.map, part);
  };
  const end = () => {
    box.hidden = true;
    mounted.map?.choose("", true);
    post(box.dataset.done, {});
  };
  box.querySelector("[data-next]").addEventListener("click", () => (at === steps.length - 1 ? end() : show(at + 1)));
  box.querySelector("[data-back]").addEventListener("click", () => show(at - 1));
  box.querySelector("[data-end]").addEventListener("click", end);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") end();
    if (event.key === "ArrowRight") show(at + 1);
    if (event.key === "ArrowLeft") show(at - 1);
  });
  for (const opener of document.querySelectorAll("[data-tour]")) opener.addEventListener("click", () => begin());

  const begin = () => {
    box.hidden = false;
    show(0);
    box.querySelector("[data-next]").focus({ preventScroll: true });
  };
  if (box.dataset.first === "yes") {
    if (mounted.map) document.addEventListener("scene", begin, { once: true });
    else begin();
  }
}

/** Beside the part that it speaks of, inside the page. */
function stand(box, map, part) {
  const target = map?.plan && map.boxOf(part);
  const frame = map?.element.getBoundingClientRect();
  if (!target || !frame?.width) {
    box.classList.add("middle");
    box.style.left = box.style.top = "";
    return;
  }
  box.classList.remove("middle");
  const { k, x, y } = map.transform;
  const at = { left: frame.left + target.x * k + x, top: frame.top + target.y * k + y, w: target.w * k, h: target.h * k };
  const { offsetWidth: w, offsetHeight: h } = box;
  const below = at.top + at.h + 18;
  const top = below + h < innerHeight - 12 ? below : Math.max(12, at.top - h - 18);
  box.style.left = `${Math.max(12, Math.min(innerWidth - w - 12, at.left + at.w / 2 - w / 2))}px`;
  box.style.top = `${top}px`;
}
