/**
 * The apply page: a YAML editor whose errors come from the API itself, a dry run beside it, and writing for good.
 *
 * `mount(element)`. Every change is judged again half a second later; what was typed is kept for the next visit.
 */
import { Decoration, EditorView, WidgetType } from "@codemirror/view";
import { StateEffect, StateField } from "@codemirror/state";
import { setDiagnostics } from "@codemirror/lint";
import { makeEditor } from "../lib/editor.js";
import { completionFrom } from "../lib/completion.js";
import { glyph, sign } from "../lib/glyphs.js";
import { say, toast } from "../lib/page.js";

const SOON = 450;
const showErrors = StateEffect.define();

export function mount(element) {
  return new ApplyPage(element);
}

class ApplyPage {
  constructor(element) {
    this.element = element;
    this.at = (name) => element.querySelector(`[data-${name}]`);
    this.objects = [];
    this.chosen = -1;
    this.turn = 0;
    const code = this.at("code");
    const area = code.querySelector("textarea");
    this.kept = `apply:${element.dataset.check}`;
    const text = area.value || sessionStorage.getItem(this.kept) || "";
    area.remove();
    this.editor = makeEditor(code, text, {
      onChange: (changed) => this.changed(changed),
      onSubmit: () => this.run(),
      complete: completionFrom(element.dataset.fields),
      extensions: [errorLines((problem) => this.repair(problem))],
      keys: [{ key: "F8", run: () => this.next() }],
    });
    this.listen();
    if (text) this.check();
    else this.editor.focus();
  }

  get text() {
    return this.editor.state.doc.toString();
  }

  listen() {
    this.element.addEventListener("click", (event) => this.click(event));
    this.at("upload").addEventListener("change", (event) => this.upload(event.target.files[0]));
    this.at("namespace").addEventListener("change", () => this.check());
    this.at("objects").addEventListener("click", (event) => this.choose(Number(event.target.closest("tr")?.dataset.index)));
    this.at("objects").addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        this.choose(Math.max(0, Math.min(this.objects.length - 1, this.chosen + step)), true);
      }
    });
    this.element.addEventListener("submit", (event) => this.build(event));
    document.addEventListener("keydown", (event) => event.key === "F8" && (event.preventDefault(), this.next()));
    const over = (event) => event.dataTransfer?.types.includes("Files") && event.preventDefault();
    this.element.addEventListener("dragover", over);
    this.element.addEventListener("drop", (event) => {
      over(event);
      if (event.dataTransfer?.files[0]) this.upload(event.dataTransfer.files[0]);
    });
  }

  click(event) {
    const button = event.target.closest("button");
    if (!button) return;
    const { sample, name, way, form } = button.dataset;
    if (sample) this.take(sample, name);
    else if (way) this.show(way);
    else if (form) this.form(button);
    else if (button.hasAttribute("data-apply-all")) this.run();
    else if (button.hasAttribute("data-apply-valid")) this.run(true);
    else if (button.dataset.line) this.goTo(Number(button.dataset.line));
  }

  async take(address, name) {
    this.put(await (await fetch(address)).text(), name);
    this.element.querySelector("#samples").hidden = true;
  }

  async upload(file) {
    if (!file) return;
    if (file.size > 3 * 1024 * 1024) {
      toast(`${file.name} is ${(file.size / 1048576).toFixed(1)} MB; one submission holds at most 3 MB.`, "bad");
      return;
    }
    this.put(await file.text(), file.name);
  }

  put(text, name) {
    this.show("yaml");
    this.at("file").textContent = name;
    this.editor.dispatch({ changes: { from: 0, to: this.editor.state.doc.length, insert: text } });
    this.editor.focus();
  }

  show(way) {
    for (const button of this.element.querySelectorAll("[data-way]")) button.setAttribute("aria-pressed", button.dataset.way === way);
    this.at("code").hidden = way !== "yaml";
    this.element.querySelector(".forms").hidden = way === "yaml";
    if (way === "form" && !this.at("form-body").children.length) this.form(this.element.querySelector("[data-form]"));
  }

  async form(tab) {
    for (const other of this.element.querySelectorAll("[data-form]")) other.setAttribute("aria-selected", other === tab);
    const fields = await (await fetch(tab.dataset.form)).text();
    if (tab.getAttribute("aria-selected") !== "true") return;
    this.at("form-body").innerHTML = fields;
    this.at("form-body").querySelector("input")?.focus();
  }

  /** A form becomes YAML at the end of what is there, and is judged like any other. */
  async build(event) {
    const form = event.target.closest("[data-build]");
    if (!form) return;
    event.preventDefault();
    const answer = await send(form.dataset.build, new URLSearchParams(new FormData(form)));
    const { text, errors } = await answer.json();
    for (const field of form.querySelectorAll("[name]")) {
      const wrong = errors[field.name];
      field.setAttribute("aria-invalid", Boolean(wrong));
      field.closest(".field")?.querySelector(".err")?.remove();
      if (wrong) field.closest(".field")?.append(Object.assign(document.createElement("small"), { className: "err", textContent: wrong }));
    }
    if (Object.keys(errors).length) return form.querySelector("[aria-invalid=true]")?.focus();
    const before = this.text.trimEnd();
    this.put(before ? `${before}\n---\n${text}` : text, this.at("file").textContent);
  }

  changed(text) {
    sessionStorage.setItem(this.kept, text.length < 400_000 ? text : "");
    clearTimeout(this.due);
    this.due = setTimeout(() => this.check(), SOON);
  }

  async check() {
    const turn = ++this.turn;
    const answer = await send(this.element.dataset.check, this.body());
    if (turn !== this.turn) return;
    if (!answer.ok) return this.judgeless(answer);
    this.judge(await answer.json());
  }

  judgeless(answer) {
    this.at("summary").textContent = answer.status === 413 || answer.status === 400 ? "This is more than one submission may hold (3 MB)" : `The server could not judge it (${answer.status})`;
  }

  body(only = "") {
    const body = new URLSearchParams({ text: this.text, namespace: this.at("namespace").value });
    if (only) body.set("only", only);
    return body;
  }

  // -- what the API said

  judge(told) {
    this.objects = told.objects;
    this.revision = told.revision;
    this.at("lines").textContent = `${told.lines} lines`;
    const problems = [...(told.broken ? [told.broken] : []), ...told.objects.flatMap((object) => object.problems)];
    this.problems = problems;
    this.mark(problems);
    this.counts(problems);
    this.rows(told);
    const wanted = this.objects.findIndex((object) => object.outcome === "refused");
    this.choose(wanted >= 0 ? wanted : Math.max(0, this.objects.findIndex((object) => object.outcome === "changed")));
    if (told.broken) this.broken(told.broken);
  }

  counts(problems) {
    const place = this.at("count");
    place.replaceChildren();
    this.at("where").textContent = "";
    if (problems.length) {
      place.append(sign("failed", 13), Object.assign(document.createElement("b"), { className: "tone-bad", textContent: `${problems.length} error${problems.length > 1 ? "s" : ""}` }));
      this.at("where").textContent = `line ${problems[0].line}`;
      say(`${problems.length} errors, the first at line ${problems[0].line}: ${problems[0].message}`);
    } else if (this.objects.length) place.append(sign("done", 13), "No errors");
    const valid = this.objects.filter((object) => object.outcome !== "refused");
    const all = this.at("apply-all");
    all.disabled = !this.objects.length || problems.length > 0;
    all.textContent = this.objects.length > 1 ? `Apply all ${this.objects.length}` : "Apply";
    const some = this.at("apply-valid");
    some.hidden = !(problems.length && valid.length);
    some.textContent = `Apply the ${valid.length} valid object${valid.length > 1 ? "s" : ""}`;
  }

  rows(told) {
    const count = (outcome) => told.objects.filter((object) => object.outcome === outcome).length;
    const parts = [[count("new"), "new"], [count("changed"), "changes"], [count("same"), "stays"], [count("refused"), "refused"]].filter(([n]) => n).map(([n, words]) => `${n} ${words}`);
    const total = told.objects.length;
    this.at("summary").textContent = told.broken ? "This is not YAML yet" : total ? `${total} object${total > 1 ? "s" : ""}: ${parts.join(", ")}` : "Nothing to judge yet";
    this.at("objects").replaceChildren(...told.objects.map((object, i) => {
      const row = document.createElement("tr");
      row.dataset.index = i;
      row.tabIndex = -1;
      if (object.outcome === "refused") row.className = "bad";
      const cells = [sign(object.outcome === "refused" ? "failed" : "done", 14), object.kind, Object.assign(document.createElement("b"), { textContent: object.name }), object.said];
      row.append(...cells.map((cell) => {
        const td = document.createElement("td");
        td.append(cell);
        return td;
      }));
      row.children[1].className = "i2";
      return row;
    }));
  }

  choose(index, focus = false) {
    if (Number.isNaN(index)) return;
    this.chosen = index;
    [...this.at("objects").children].forEach((row, i) => {
      row.setAttribute("aria-selected", i === index);
      row.tabIndex = i === index ? 0 : -1;
      if (i === index && focus) row.focus();
    });
    const object = this.objects[index];
    if (object) this.detail(object);
    else if (!this.objects.length) this.at("detail").replaceChildren(empty());
  }

  detail(object) {
    const head = document.createElement("div");
    head.className = "detail-hd row sb";
    head.append(Object.assign(document.createElement("h3"), { textContent: `${object.kind} ${object.name}` }), Object.assign(document.createElement("span"), { className: "mu small", textContent: object.outcome === "refused" ? "refused" : `against revision ${this.revision}` }));
    const parts = [head];
    for (const problem of object.problems) parts.push(problemBox(problem, (p) => this.repair(p), true));
    if (object.raw) parts.push(rawStatus(object.raw));
    if (object.diff.length) parts.push(diffBox(object.diff));
    else if (object.outcome === "same") parts.push(Object.assign(document.createElement("p"), { className: "i2 small detail-hd", textContent: "It stands exactly so already." }));
    if (object.follows.length) parts.push(followBox(object.follows));
    this.at("detail").replaceChildren(...parts);
  }

  broken(problem) {
    this.at("detail").replaceChildren(Object.assign(document.createElement("div"), { className: "detail-hd" }), problemBox(problem, null, true));
  }

  // -- errors in the text

  mark(problems) {
    const { doc } = this.editor.state;
    const found = problems.filter((problem) => problem.line <= doc.lines).map((problem) => ({ problem, line: doc.line(Math.max(1, problem.line)) }));
    const ranges = found.map(({ problem, line }) => {
      const at = problem.found ? line.text.lastIndexOf(problem.found) : -1;
      const from = at >= 0 ? line.from + at : line.from + (line.text.length - line.text.trimStart().length);
      return { from, to: at >= 0 ? from + problem.found.length : line.to, severity: "error", message: problem.message };
    });
    this.editor.dispatch(setDiagnostics(this.editor.state, ranges.sort((a, b) => a.from - b.from)), { effects: showErrors.of(found) });
  }

  repair(problem) {
    const line = this.editor.state.doc.line(problem.line);
    const at = line.text.lastIndexOf(problem.found);
    if (at < 0) return;
    this.editor.dispatch({ changes: { from: line.from + at, to: line.from + at + problem.found.length, insert: problem.repair } });
    this.editor.focus();
  }

  next() {
    if (!this.problems?.length) return true;
    const here = this.editor.state.doc.lineAt(this.editor.state.selection.main.head).number;
    const problem = this.problems.find((p) => p.line > here) ?? this.problems[0];
    this.goTo(problem.line);
    return true;
  }

  goTo(number) {
    const line = this.editor.state.doc.line(Math.min(number, this.editor.state.doc.lines));
    this.editor.dispatch({ selection: { anchor: line.to }, effects: EditorView.scrollIntoView(line.from, { y: "center" }) });
    this.editor.focus();
    this.at("where").textContent = `line ${number}`;
  }

  // -- for good

  async run(some = false) {
    const valid = this.objects.filter((object) => object.outcome !== "refused").map((object) => object.index);
    if (!valid.length || (!some && this.at("apply-all").disabled)) return;
    const buttons = [this.at("apply-all"), this.at("apply-valid")];
    buttons.forEach((button) => (button.disabled = true));
    const answer = await send(this.element.dataset.run, this.body(some ? valid.join(",") : ""));
    buttons.forEach((button) => (button.disabled = false));
    if (!answer.ok) return toast(`Nothing is known to be written: the server answered ${answer.status}.`, "bad");
    const told = await answer.json();
    const done = told.objects.filter((object) => object.outcome !== "refused");
    const refused = told.objects.filter((object) => object.outcome === "refused");
    const revision = Math.max(0, ...done.map((object) => object.revision));
    const written = this.at("written");
    written.replaceChildren(`${done.length} object${done.length === 1 ? "" : "s"} applied${revision ? `, revision ${revision}` : ""}. `);
    if (refused.length) written.append(Object.assign(document.createElement("span"), { className: "tone-bad", textContent: `${refused.length} refused: ${refused[0].problems[0]?.message ?? ""} ` }));
    const first = done.find((object) => object.uid);
    written.append(Object.assign(document.createElement("a"), { href: this.element.dataset.map + (first ? `?at=${first.uid}` : ""), textContent: "Watch it on the map" }));
    say(written.textContent);
    this.check();
  }
}

async function send(address, body) {
  const token = document.querySelector("meta[name=csrf-token]")?.content ?? "";
  return fetch(address, { method: "POST", body, headers: { "X-CSRFToken": token } });
}

function empty() {
  const box = Object.assign(document.createElement("div"), { className: "empty" });
  box.append(Object.assign(document.createElement("h3"), { textContent: "No objects yet" }), Object.assign(document.createElement("p"), { textContent: "Write a manifest on the left, take a sample or upload a file. The API says here what it would do, before anything is written." }));
  return box;
}

function problemBox(problem, repair, withLine = false) {
  const box = Object.assign(document.createElement("div"), { className: "er" });
  if (problem.path) box.append(Object.assign(document.createElement("div"), { className: "path", textContent: problem.path }));
  box.append(Object.assign(document.createElement("div"), { textContent: problem.message }));
  const row = Object.assign(document.createElement("div"), { className: "row" });
  if (problem.repair && repair) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn sm", textContent: `Change to ${problem.repair}` });
    button.addEventListener("click", () => repair(problem));
    row.append(button);
  }
  if (withLine) {
    const go = Object.assign(document.createElement("button"), { type: "button", className: "link small", textContent: `Go to line ${problem.line}` });
    go.dataset.line = problem.line;
    row.append(go);
  }
  if (row.children.length) box.append(row);
  return box;
}

function rawStatus(raw) {
  const details = document.createElement("details");
  let shown = raw;
  try {
    shown = JSON.stringify(JSON.parse(raw), null, 2);
  } catch {
    // the API answered something that is not JSON: it is shown as it came
  }
  details.append(Object.assign(document.createElement("summary"), { textContent: "The API's own Status" }), Object.assign(document.createElement("pre"), { className: "pre-raw", textContent: shown }));
  return details;
}

function diffBox(diff) {
  const box = Object.assign(document.createElement("div"), { className: "diffbox" });
  box.tabIndex = 0;
  box.setAttribute("aria-label", "What would change");
  box.append(...diff.map(([mark, text]) => {
    const row = Object.assign(document.createElement("div"), { className: `df ${mark === "+" ? "a" : mark === "-" ? "r" : ""}` });
    row.append(Object.assign(document.createElement("span"), { textContent: mark === "-" ? "−" : mark }), Object.assign(document.createElement("pre"), { textContent: text }));
    return row;
  }));
  return box;
}

function followBox(follows) {
  const box = Object.assign(document.createElement("div"), { className: "follow" });
  box.append(Object.assign(document.createElement("h3"), { textContent: "What would follow" }), ...follows.map((line) => {
    const row = document.createElement("div");
    row.append(glyph(line.glyph, 15, `hue-${line.hue}`), Object.assign(document.createElement("span"), { textContent: line.text }));
    return row;
  }));
  return box;
}

class Box extends WidgetType {
  constructor(problem, repair) {
    super();
    this.problem = problem;
    this.fix = repair;
  }

  eq(other) {
    return JSON.stringify(other.problem) === JSON.stringify(this.problem);
  }

  toDOM() {
    const room = Object.assign(document.createElement("div"), { className: "er-room" });
    room.append(problemBox(this.problem, this.fix));
    return room;
  }

  ignoreEvent() {
    return true;
  }
}

/** The refused lines in their soft red, and under each a box that says what is wrong and how to repair it. */
function errorLines(repair) {
  return StateField.define({
    create: () => Decoration.none,
    update(marks, transaction) {
      let next = marks.map(transaction.changes);
      for (const effect of transaction.effects) {
        if (!effect.is(showErrors)) continue;
        const parts = effect.value.slice(0, 20).flatMap(({ problem, line }) => [
          Decoration.line({ class: "cm-refused" }).range(line.from),
          Decoration.widget({ widget: new Box(problem, repair), block: true, side: 1 }).range(line.to),
        ]);
        next = Decoration.set(parts, true);
      }
      return next;
    },
    provide: (field) => EditorView.decorations.from(field),
  });
}
