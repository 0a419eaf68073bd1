import { useSyncExternalStore } from "react";

/** Phones: up to here bars move to the bottom, rows get two lines, dialogs become sheets. As in the styles. */
export const PHONE = "(max-width: 640px)";

/** Say whether a media query matches, and go on saying so. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const list = matchMedia(query);
      list.addEventListener("change", listener);
      return () => list.removeEventListener("change", listener);
    },
    () => matchMedia(query).matches,
  );
}

export const usePhone = (): boolean => useMedia(PHONE);
