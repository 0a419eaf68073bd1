/** What a click in a picture opens. Pictures have thousands of parts: one listener serves them all. */

import { useRouter } from "@tanstack/react-router";
import { useEffect, type RefObject } from "react";

/** Open the address in `data-open` of what is clicked, in a new tab where the reader asks for one. */
export function useOpen(box: RefObject<HTMLElement | null>): void {
  const router = useRouter();
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const open = (event: MouseEvent) => {
      const hit = event.target instanceof Element ? event.target.closest("[data-open]") : null;
      const address = hit?.getAttribute("data-open");
      if (address === null || address === undefined) return;
      if (event.ctrlKey || event.metaKey || event.button === 1) window.open(address, "_blank", "noopener");
      else router.history.push(address);
    };
    element.addEventListener("click", open);
    element.addEventListener("auxclick", open);
    return () => {
      element.removeEventListener("click", open);
      element.removeEventListener("auxclick", open);
    };
  }, [box, router]);
}
