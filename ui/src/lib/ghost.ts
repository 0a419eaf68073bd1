import { useEffect, useRef, useState } from "react";

/** What is quick shows no ghosts at all; what shows them, shows them long enough to be seen. */
export const GHOST_AFTER_MS = 150;
export const GHOST_FOR_MS = 300;

/** Say whether ghosts are to be shown for something that is loading or not. */
export function useGhost(isLoading: boolean): boolean {
  const [isShown, setShown] = useState(false);
  const shownAt = useRef(0);
  useEffect(() => {
    if (isLoading === isShown) return;
    const wait = isLoading ? GHOST_AFTER_MS : Math.max(0, shownAt.current + GHOST_FOR_MS - Date.now());
    const timer = setTimeout(() => {
      shownAt.current = Date.now();
      setShown(isLoading);
    }, wait);
    return () => clearTimeout(timer);
  }, [isLoading, isShown]);
  return isShown;
}
