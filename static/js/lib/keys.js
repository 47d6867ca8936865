/** Keys that work on every page: "/" searches, "?" lists keys, "g" and a letter goes to a view. */
export function keys() {
  let going = 0;
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input,textarea,select,[contenteditable=true],.cm-editor")) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") return focus(event);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/") return focus(event);
    if (event.key === "?") {
      event.preventDefault();
      document.getElementById("keys")?.showModal();
    } else if (event.key === "g") going = performance.now();
    else if (performance.now() - going < 1200) {
      const link = document.querySelector(`[data-go="${event.key}"]`);
      going = 0;
      if (link) location.assign(link.href);
    }
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") focus(event);
  });
}

function focus(event) {
  const field = document.querySelector(".srch input");
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
}
