import { useEffect, useRef } from "react";

import { singleKeys } from "@/lib/settings";

import type { StreamChoice } from "./opening";

export interface LogActions {
  follow(): void;
  error(step: 1 | -1): void;
  find(): void;
  stream(choice: StreamChoice): void;
  wrap(): void;
  times(): void;
  full(): void;
  readonly leave: (() => void) | undefined;
}

/** The keys of the log; they never fire where somebody types. */
export function useLogKeys(actions: LogActions): void {
  const latest = useRef(actions);
  useEffect(() => {
    latest.current = actions;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const act = latest.current;
      const target = event.target as HTMLElement;
      if (event.key === "Escape" && act.leave && !event.defaultPrevented) {
        act.leave();
        return;
      }
      if (target.closest("input, textarea, select, [contenteditable], dialog")) return;
      if ((event.ctrlKey || event.metaKey) && event.key === "f" && target.closest("[role=log]")) {
        event.preventDefault(); // the second one, in the field, is the browser's
        act.find();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || !singleKeys.get() || event.defaultPrevented) return;
      const does = KEYS[event.key];
      if (!does) return;
      event.preventDefault();
      does(act);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}

const KEYS: Readonly<Record<string, (act: LogActions) => void>> = {
  f: (act) => act.follow(),
  e: (act) => act.error(1),
  E: (act) => act.error(-1),
  "/": (act) => act.find(),
  "1": (act) => act.stream("stdout"),
  "2": (act) => act.stream("stderr"),
  "3": (act) => act.stream("combined"),
  W: (act) => act.wrap(),
  T: (act) => act.times(),
  L: (act) => act.full(),
};
