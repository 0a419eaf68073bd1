import { useEffect, useRef, useState } from "react";

import { sayError } from "@/api/errors";
import { formatCount, plural } from "@/lib/duration";

import styles from "./Log.module.css";
import { STREAMS } from "./opening";
import { findAll, NOTHING_YET, type Found, type Hit } from "./search";
import type { OpenLog } from "./useLog";

export interface Finding {
  readonly text: string;
  readonly isRegex: boolean;
  /** Only hits are shown, with three lines around each. */
  readonly isFiltered: boolean;
  readonly found?: Found;
}

interface FindBarProps {
  readonly log: OpenLog;
  readonly finding: Finding;
  readonly onChange: (finding: Finding) => void;
  readonly onHit: (hit: Hit) => void;
  readonly onClose: () => void;
}

interface State {
  /** What this was found for. */
  readonly key: string;
  readonly found: Found;
  /** The hit that is shown. */
  readonly place: number;
  readonly failure: unknown;
}

const START: State = { key: "", found: NOTHING_YET, place: -1, failure: null };

/** What is looked for in a log, how often it is there, and ways from one to the next. */
export function FindBar({ log, finding, onChange, onHit, onClose }: FindBarProps) {
  const { text, isRegex, isFiltered } = finding;
  const [state, setState] = useState(START);
  const input = useRef<HTMLInputElement>(null);
  const { whose, doc, choice } = log;
  const key = `${isRegex ? "regex" : "text"} ${text}`;
  const { found, place, failure } = state.key === key ? state : START;
  useEffect(() => input.current?.focus(), []);
  useEffect(() => {
    if (text === "") return;
    const end = new AbortController();
    const tell = (found: Found) => setState((old) => ({ key, found, place: old.key === key ? old.place : -1, failure: null }));
    const find = () =>
      findAll(doc, whose, STREAMS[choice], { text, isRegex }, end.signal, tell).catch((failure: unknown) => {
        if (!end.signal.aborted) setState({ ...START, key, failure });
      });
    const wait = setTimeout(() => void find(), 150); // somebody is typing
    return () => {
      clearTimeout(wait);
      end.abort();
    };
  }, [doc, whose, choice, text, isRegex, key]);
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
    setState({ key, found, place: next, failure: null });
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
        aria-invalid={failure !== null || undefined}
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
        {text === "" ? "" : failure === null ? sayFound(found, place) : sayError(failure)}
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
  const count = place >= 0 ? `${formatCount(place + 1)} of ${formatCount(found.count)}` : plural(found.count, "hit");
  const here = found.hits.length < found.count ? `, ${formatCount(found.hits.length)} can be shown` : "";
  return `${count}${here}${found.stopped === null ? "" : `: ${STOPPED[found.stopped]}`}`;
}

const STOPPED: Record<NonNullable<Found["stopped"]>, string> = {
  time: "the search took too long and was ended",
  pattern: "the pattern takes too long",
  failed: "the rest could not be read",
};
