import { useEffect, useState } from "react";

import type { LogDoc } from "./doc";
import type { Errors } from "./errors";
import { choiceFor, landingOf, markErrors, open, sightsOf, type Opened, type Sizes, type StreamChoice } from "./opening";
import type { Whose } from "./source";

export interface OpenLog {
  readonly whose: Whose;
  readonly doc: LogDoc;
  readonly errors: Errors;
  /** The position to show first; null: the end. */
  readonly landing: number | null;
  readonly choice: StreamChoice;
  readonly sizes: Sizes;
  readonly tail: number | undefined;
  /** More of it may come. */
  readonly isLive: boolean;
}

export interface LogState {
  readonly log: OpenLog | undefined;
  readonly failure: unknown;
}

const NOTHING: LogState = { log: undefined, failure: null };

/** Opens the output of an attempt, and follows it while the page is seen. */
export function useLog(whose: Whose | undefined, wanted: StreamChoice | undefined, isLive: boolean, isBad: boolean, tail: number, round: number): LogState {
  const { runId, taskId, attempt } = whose ?? {};
  const key = `${runId ?? ""}/${taskId ?? ""}/${attempt ?? ""}/${round}`;
  // What an attempt was like when it was opened; that it ended is learned from the log itself, to its last byte.
  const then = useLatestAt({ isLive, isBad }, key);
  const [state, setState] = useState({ key: "", ...NOTHING });
  useEffect(() => {
    if (runId === undefined || taskId === undefined || attempt === undefined) return;
    const end = new AbortController();
    let opened: Opened | undefined;
    const begin = async () => {
      const own = { runId, taskId, attempt };
      const sights = await sightsOf(own, end.signal);
      const { sizes } = sights;
      const choice = wanted ?? choiceFor(sizes, then.isLive, then.isBad);
      opened = open(own, choice, sizes, then.isLive, tail);
      const { doc, errors } = opened;
      const marked = markErrors(errors, sizes);
      await opened.isThere;
      if (then.isBad && choice === "combined") await marked;
      end.signal.throwIfAborted();
      const landing = then.isBad && !then.isLive ? landingOf(doc, errors, sights) : null;
      const log = { whose: own, doc, errors, landing, choice, sizes, tail: opened.tail };
      setState({ key, log: { ...log, isLive: then.isLive }, failure: null });
      if (!then.isLive) return;
      await whileSeen(opened.follow, end.signal);
      end.signal.throwIfAborted();
      setState({ key, log: { ...log, isLive: false }, failure: null });
    };
    begin().catch((failure: unknown) => {
      if (!end.signal.aborted) setState({ key, log: undefined, failure });
    });
    return () => {
      end.abort();
      opened?.doc.close();
      opened?.errors.close();
    };
  }, [runId, taskId, attempt, wanted, then, tail, key]);
  return state.key === key ? state : NOTHING;
}

/** The value as it was when the key was new. */
function useLatestAt<T>(value: T, key: string): T {
  const [held, setHeld] = useState({ key, value });
  if (held.key === key) return held.value;
  setHeld({ key, value });
  return value;
}

/** Follow while somebody can see it: a browser has six connections, and hidden tabs would take them all. */
async function whileSeen(follow: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
  for (;;) {
    if (document.hidden) await visibility(signal);
    signal.throwIfAborted();
    const turn = new AbortController();
    const stop = () => document.hidden && turn.abort();
    document.addEventListener("visibilitychange", stop);
    try {
      await follow(AbortSignal.any([signal, turn.signal]));
    } finally {
      document.removeEventListener("visibilitychange", stop);
    }
    if (!turn.signal.aborted) return;
  }
}

function visibility(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    document.addEventListener("visibilitychange", () => resolve(), { once: true, signal });
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
