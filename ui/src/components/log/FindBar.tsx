import { useEffect, useRef, useState } from "react";

import { formatCount, plural } from "@/lib/duration";

import type { LogDoc, Row } from "./doc";
import styles from "./Log.module.css";
import { findAll, matches, patternOf, type Found } from "./search";

export interface Finding {
  readonly text: string;
  readonly isRegex: boolean;
  /** Only hits are shown, with three lines around each. */
  readonly isFiltered: boolean;
  readonly found?: Found;
}

interface FindBarProps {
  readonly doc: LogDoc;
  readonly finding: Finding;
  readonly onChange: (finding: Finding) => void;
  readonly onHit: (row: Row) => void;
  readonly onClose: () => void;
}

const NONE: Found = { hits: [], count: 0, isComplete: false };
const START = { found: NONE, place: -1 };

/** What is looked for in a log, how often it is there, and ways from one to the next. */
export function FindBar({ doc, finding, onChange, onHit, onClose }: FindBarProps) {
  const { text, isRegex, isFiltered } = finding;
  const [state, setState] = useState({ key: "", found: NONE, place: -1 });
  const input = useRef<HTMLInputElement>(null);
  const pattern = patternOf({ text, isRegex });
  const key = `${isRegex ? "regex" : "text"} ${text}`;
  const { found, place } = state.key === key ? state : START;
  useEffect(() => input.current?.focus(), []);
  useEffect(() => {
    const wanted = patternOf({ text, isRegex });
    if (!wanted) return;
    const end = new AbortController();
    const tell = (found: Found) => setState((old) => ({ key, found, place: old.key === key ? old.place : -1 }));
    const wait = setTimeout(() => void findAll(doc, matches(wanted), end.signal, tell), 150); // somebody is typing
    return () => {
      clearTimeout(wait);
      end.abort();
    };
  }, [doc, text, isRegex, key]);
  const latest = useRef(onChange);
  useEffect(() => {
    latest.current = onChange;
  });
  useEffect(() => {
    if (found.isComplete) latest.current({ text, isRegex, isFiltered, found });
  }, [found, text, isRegex, isFiltered]);
  const go = (step: 1 | -1) => {
    if (found.hits.length === 0) return;
    const next = place < 0 && step < 0 ? found.hits.length - 1 : (place + step + found.hits.length) % found.hits.length;
    setState({ key, found, place: next });
    const hit = found.hits[next];
    if (hit) onHit(hit);
  };
  return (
    <div className={styles.find} role="search" aria-label="Find in the log">
      <input
        ref={input}
        type="search"
        aria-label="Find"
        placeholder={isRegex ? "Regular expression" : "Find in the log"}
        value={text}
        aria-invalid={pattern === null || undefined}
        spellCheck={false}
        onChange={(event) => onChange({ ...finding, text: event.target.value })}
        onKeyDown={(event) => {
          if (event.key === "Enter") go(event.shiftKey ? -1 : 1);
          if (event.key === "Escape") {
            event.stopPropagation();
            onClose();
          }
        }}
      />
      <span className={styles.count} role="status">
        {pattern === null ? "Not a regular expression" : text === "" ? "" : sayFound(found, place)}
      </span>
      <div className={styles.group} role="group" aria-label="Hits">
        <button type="button" title="Previous (Shift Enter)" aria-label="Previous hit" onClick={() => go(-1)}>
          ↑
        </button>
        <button type="button" title="Next (Enter)" aria-label="Next hit" onClick={() => go(1)}>
          ↓
        </button>
        <button type="button" aria-pressed={isRegex} title="Regular expression" onClick={() => onChange({ ...finding, isRegex: !isRegex })}>
          .*
        </button>
        <button type="button" aria-pressed={isFiltered} title="Show only hits, with three lines around each" onClick={() => onChange({ ...finding, isFiltered: !isFiltered })}>
          Only hits
        </button>
        <button type="button" title="Close (Esc)" aria-label="Close find" onClick={onClose}>
          ✕
        </button>
      </div>
    </div>
  );
}

function sayFound(found: Found, place: number): string {
  if (!found.isComplete) return `${formatCount(found.count)} so far …`;
  return place >= 0 ? `${formatCount(place + 1)} of ${formatCount(found.count)}` : plural(found.count, "hit");
}
