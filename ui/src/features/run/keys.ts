import { useEffect, useRef } from "react";

import { singleKeys } from "@/lib/settings";

/** Keys of this page, by the key. They never fire where somebody types. */
export function useKeys(keys: Readonly<Record<string, (() => void) | undefined>>): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || !singleKeys.get()) return;
      if ((event.target as HTMLElement).closest("input, textarea, select, [contenteditable], dialog")) return;
      const does = latest.current[event.key];
      if (!does) return;
      event.preventDefault();
      does();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}
