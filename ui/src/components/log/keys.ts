import { useEffect, useRef } from "react";

import { useActions } from "@/components/Actions";

import type { StreamChoice } from "./opening";

export interface LogActions {
  readonly follow: () => void;
  readonly error: (step: 1 | -1) => void;
  readonly find: () => void;
  readonly stream: (choice: StreamChoice) => void;
  readonly wrap: () => void;
  readonly times: () => void;
  readonly full: () => void;
  readonly leave: (() => void) | undefined;
}

const GROUP = "Log";

/** What can be done with the log, and its keys. Where two logs are shown, neither has keys. */
export function useLogActions(act: LogActions, hasKeys: boolean): void {
  const all = [
    { id: "log.follow", name: "Follow the log", group: GROUP, keys: ["f"], run: act.follow },
    { id: "log.next-error", name: "Go to the next error", group: GROUP, keys: ["e"], run: () => act.error(1) },
    { id: "log.previous-error", name: "Go to the previous error", group: GROUP, keys: ["E"], run: () => act.error(-1) },
    { id: "log.find", name: "Find in the log", group: GROUP, keys: ["/"], run: act.find },
    { id: "log.stdout", name: "Show stdout", group: GROUP, keys: ["1"], run: () => act.stream("stdout") },
    { id: "log.stderr", name: "Show stderr", group: GROUP, keys: ["2"], run: () => act.stream("stderr") },
    { id: "log.both", name: "Show both streams", group: GROUP, keys: ["3"], run: () => act.stream("combined") },
    { id: "log.wrap", name: "Wrap lines of the log", group: GROUP, keys: ["W"], run: act.wrap },
    { id: "log.times", name: "Show times in the log", group: GROUP, keys: ["T"], run: act.times },
    { id: "log.full", name: "Log in full screen", group: GROUP, keys: ["L"], run: act.full },
    ...(act.leave ? [{ id: "log.leave", name: "Leave full screen", group: GROUP, keys: ["Escape"], run: act.leave }] : []),
  ];
  useActions(hasKeys ? all : []);
  const find = useRef(act.find);
  useEffect(() => {
    find.current = act.find;
  });
  useEffect(() => {
    if (!hasKeys) return;
    // Ctrl F of the browser looks only at what is in the page; its own is the second one, in the field.
    const onKey = (event: KeyboardEvent) => {
      const isFind = (event.ctrlKey || event.metaKey) && event.key === "f";
      if (!isFind || !(event.target as HTMLElement).closest("[role=log]")) return;
      event.preventDefault();
      find.current();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [hasKeys]);
}
