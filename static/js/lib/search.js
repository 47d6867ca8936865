/** The field "Find or run a command": on the map it dims all else; everywhere it offers views and objects to go to. */
export function search(mounted) {
  const field = document.querySelector(".srch input");
  if (!field) return;
  const list = document.getElementById("found");
  let chosen = 0;

  field.addEventListener("input", () => {
    const count = mounted.map?.search(field.value);
    draw(choices(field.value, mounted, count));
  });
  field.addEventListener("keydown", (event) => {
    const rows = [...list.children];
    if (event.key === "Escape") {
      field.value = "";
      mounted.map?.search("");
      list.hidden = true;
      field.blur();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      chosen = (chosen + (event.key === "ArrowDown" ? 1 : -1) + rows.length) % rows.length;
      rows.forEach((row, i) => row.setAttribute("aria-selected", i === chosen));
    } else if (event.key === "Enter") rows[chosen]?.click();
  });
  field.addEventListener("blur", () => setTimeout(() => (list.hidden = true), 150));

  function draw(found) {
    chosen = 0;
    list.hidden = !found.length;
    list.replaceChildren(...found.map((choice, i) => {
      const row = document.createElement(choice.href ? "a" : "button");
      if (choice.href) row.href = choice.href;
      else row.addEventListener("click", choice.act);
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", i === 0);
      const words = Object.assign(document.createElement("span"), { className: "mu small", textContent: choice.words });
      row.append(Object.assign(document.createElement("span"), { textContent: choice.name }), words);
      return row;
    }));
  }
}

function choices(text, mounted) {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return [];
  const views = [...document.querySelectorAll("[data-go]")].map((link) => ({ name: link.textContent.trim(), words: "view", href: link.href }));
  const scene = mounted.map?.scene;
  const items = scene ? [...scene.items.values()].map((item) => ({ name: item.name, words: `${item.type ?? item.kind}${item.words ? `, ${item.words}` : ""}`, act: () => mounted.map.choose(item.id) })) : [];
  return [...views, ...items].filter((choice) => choice.name.toLowerCase().includes(wanted)).slice(0, 8);
}
