/** Completion for manifests: where the cursor is, as a path; the server's schemas say what may stand there. */

/** {apiVersion, kind, path, word, from} at a position of the text, from indentation alone: text under way is rarely whole YAML. */
export function placeAt(text, position) {
  const begin = Math.max(text.lastIndexOf("\n---", position - 1) + 4, text.startsWith("---") ? 3 : 0);
  const end = text.indexOf("\n---", position);
  const document = text.slice(begin > 3 ? begin : 0, end < 0 ? undefined : end);
  const lines = text.slice(begin > 3 ? begin : 0, position).split("\n");
  const last = lines.at(-1);
  const word = /[\w./-]*$/.exec(last)[0];
  const value = /^\s*(?:- )*(apiVersion|kind):\s*[\w./-]*$/.exec(last);
  const head = (name) => new RegExp(`^${name}:[ \\t]*["']?([\\w./-]+)`, "m").exec(document)?.[1] ?? "";
  const place = { apiVersion: head("apiVersion"), kind: head("kind"), word, from: position - word.length };
  if (value) return { ...place, path: value[1] };
  if (/:\s+\S*$/.test(last)) return null;
  return { ...place, path: pathOf(lines) };
}

/** The path of keys that enclose the last line, by how far they are indented. */
function pathOf(lines) {
  let depth = indent(lines.at(-1));
  const found = [];
  for (const line of lines.slice(0, -1).reverse()) {
    const key = /^(\s*(?:- )*)([\w./-]+):/.exec(line);
    if (!key || !line.trim() || line.trim().startsWith("#")) continue;
    const here = key[1].length;
    const dash = line.search(/\S/);
    if (here < depth) {
      found.unshift(key[2]);
      depth = dash < here ? dash : here;
      if (dash < here) depth = dash + 0.5;
    }
  }
  return found.join(".");
}

function indent(line) {
  return /^\s*(?:- )*/.exec(line)[0].length;
}

/** A completion source that asks `address` and remembers what it was told. */
export function completionFrom(address) {
  const known = new Map();
  return async (context) => {
    const place = placeAt(context.state.doc.toString(), context.pos);
    if (!place || (!context.explicit && !place.word)) return null;
    const query = new URLSearchParams({ apiVersion: place.apiVersion, kind: place.kind, path: place.path });
    const key = query.toString();
    if (!known.has(key)) known.set(key, fetch(`${address}?${key}`).then((answer) => (answer.ok ? answer.json() : [])));
    const fields = await known.get(key);
    const values = place.path === "kind" || place.path === "apiVersion";
    return { from: place.from, options: fields.map((field) => ({ label: field.name, detail: field.type, info: field.about || undefined, apply: values ? field.name : `${field.name}: ` })), validFor: /^[\w./-]*$/ };
  };
}
