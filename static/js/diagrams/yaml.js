/** A textarea as a YAML editor, for an object's page: `mount(element)`. Without scripts the textarea stays what it is. */
export function mount(element) {
  const area = element.querySelector("textarea");
  const form = element.closest("form");
  const page = element.closest(".object");
  let editor = null;
  const open = async () => {
    if (editor) return;
    const { makeEditor } = await import("../lib/editor.js");
    editor = makeEditor(element, area.value, { onSubmit: () => form.requestSubmit() });
    area.hidden = true;
    editor.focus();
  };
  form.addEventListener("submit", () => editor && (area.value = editor.state.doc.toString()));
  for (const button of page.querySelectorAll("[data-pane]")) {
    button.addEventListener("click", () => {
      page.toggleAttribute("data-editing", button.dataset.pane === "edit");
      for (const other of page.querySelectorAll("[data-pane]")) other.setAttribute("aria-pressed", other === button);
      if (button.dataset.pane === "edit") open();
    });
  }
  if (page.hasAttribute("data-editing")) open();
  return { open };
}
