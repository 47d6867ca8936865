/** CodeMirror as this language wants it: YAML in few inks, line numbers, completion, marks for errors. */
import { EditorView, basicSetup } from "codemirror";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { lintGutter } from "@codemirror/lint";
import { keymap } from "@codemirror/view";
import { autocompletion } from "@codemirror/autocomplete";
import { indentWithTab } from "@codemirror/commands";
import { EditorState } from "@codemirror/state";
import { tags } from "@lezer/highlight";

const inks = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--ink)" },
  { tag: [tags.string, tags.content, tags.number, tags.bool, tags.null], color: "var(--dns)" },
  { tag: [tags.comment, tags.lineComment], color: "var(--ink3)", fontStyle: "italic" },
  { tag: [tags.punctuation, tags.separator, tags.meta, tags.squareBracket, tags.brace], color: "var(--ink3)" },
  { tag: [tags.keyword, tags.typeName, tags.labelName], color: "var(--sched)" },
]);

const look = EditorView.theme({
  "&": { height: "100%", backgroundColor: "var(--surface)", color: "var(--dns)" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "20px", letterSpacing: "-.01em" },
  ".cm-content": { padding: "8px 0", caretColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--ink3)", border: "0", fontSize: "11px" },
  ".cm-lineNumbers .cm-gutterElement": { minWidth: "42px", padding: "0 12px 0 8px", lineHeight: "20px" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--sunken) 45%, transparent)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--accent-soft) !important" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-foldGutter .cm-gutterElement": { color: "var(--ink3)" },
  ".cm-line.cm-refused": { backgroundColor: "var(--bad-soft)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--bad) 1.5px", textUnderlineOffset: "3px" },
  ".cm-lint-marker-error": { content: "none", width: "10px", height: "10px", background: "var(--bad)", borderRadius: "2px", marginTop: "5px" },
  ".cm-gutter-lint": { width: "16px" },
  ".cm-panels": { backgroundColor: "var(--raised)", color: "var(--ink)", borderColor: "var(--line)" },
  ".cm-tooltip": { backgroundColor: "var(--raised)", color: "var(--ink)", border: "1px solid var(--line)", borderRadius: "8px", boxShadow: "var(--shadow2)" },
  ".cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", fontSize: "12px" },
  ".cm-tooltip-autocomplete > ul > li": { padding: "3px 10px !important" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--accent-soft)", color: "var(--accent)" },
  ".cm-completionDetail": { color: "var(--ink3)", fontStyle: "normal", marginLeft: "12px" },
  ".cm-completionIcon": { display: "none" },
  ".cm-searchMatch": { backgroundColor: "var(--time-soft)" },
});

/** `options`: onChange(text), onSubmit(), complete (a completion source), extensions. */
export function makeEditor(parent, text, options = {}) {
  const host = document.createElement("div");
  host.className = "cm-host";
  parent.append(host);
  const bound = [{ key: "Mod-Enter", run: () => (options.onSubmit?.(), true) }, indentWithTab, ...(options.keys ?? [])];
  return new EditorView({
    parent: host,
    state: EditorState.create({
      doc: text,
      extensions: [
        keymap.of(bound),
        basicSetup,
        yaml(),
        syntaxHighlighting(inks),
        look,
        lintGutter(),
        options.complete ? autocompletion({ override: [options.complete] }) : [],
        EditorView.updateListener.of((update) => update.docChanged && options.onChange?.(update.state.doc.toString())),
        EditorView.contentAttributes.of({ "aria-label": "YAML", spellcheck: "false" }),
        options.extensions ?? [],
      ],
    }),
  });
}
