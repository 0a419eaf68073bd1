import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { unifiedMergeView } from "@codemirror/merge";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef } from "react";

import styles from "./Job.module.css";

const COLOURS = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--accent)" },
  { tag: tags.comment, color: "var(--muted)", fontStyle: "italic" },
  { tag: [tags.string, tags.content], color: "var(--text)" },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword, tags.atom], color: "var(--interrupted-text)" },
  { tag: [tags.meta, tags.labelName, tags.typeName], color: "var(--retrying-text)" },
]);

const LOOK = EditorView.theme({
  "&": { fontSize: "var(--size-13)", backgroundColor: "transparent", color: "var(--text)" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "20px" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--muted)", border: "0" },
  ".cm-changedLine": { backgroundColor: "var(--completed-tint) !important" },
  ".cm-deletedChunk": { backgroundColor: "var(--failed-tint)" },
  ".cm-changedText": { background: "color-mix(in oklab, var(--completed-mark) 30%, transparent) !important" },
  ".cm-deletedChunk .cm-deletedText": { background: "color-mix(in oklab, var(--failed-mark) 25%, transparent) !important" },
});

const SHOW: Extension = [yaml(), syntaxHighlighting(COLOURS), lineNumbers(), LOOK, EditorState.readOnly.of(true), EditorView.editable.of(false), EditorView.lineWrapping];

/** A job file with its colours; with `against`, what is different from that. Nothing of it can be changed here. */
export default function Yaml({ text, against, label }: { readonly text: string; readonly against?: string | undefined; readonly label: string }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const host = box.current;
    if (!host) return undefined;
    // In a shadow root its styles are adopted; in the page they would be a <style>, which the policy forbids.
    const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
    const difference = against === undefined ? [] : unifiedMergeView({ original: against, mergeControls: false, gutter: true, collapseUnchanged: { margin: 4, minSize: 8 } });
    const view = new EditorView({
      root,
      parent: root,
      state: EditorState.create({ doc: text, extensions: [SHOW, difference, EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" })] }),
    });
    return () => view.destroy();
  }, [text, against, label]);
  return <div ref={box} className={styles.yaml} />;
}
