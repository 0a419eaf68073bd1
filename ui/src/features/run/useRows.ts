import { useEffect, useState, type RefObject } from "react";

const AROUND = 12;

/** Which rows of one height are to be drawn in a box that scrolls: those that are seen, and some around them. */
export function useRows(box: RefObject<HTMLElement | null>, count: number, height: number): readonly number[] {
  const [seen, setSeen] = useState({ top: 0, tall: 800 });
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const look = () => setSeen({ top: element.scrollTop, tall: element.clientHeight });
    const sizes = new ResizeObserver(look);
    sizes.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      sizes.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, [box]);
  const from = Math.max(0, Math.floor(seen.top / height) - AROUND);
  const to = Math.min(count, Math.ceil((seen.top + seen.tall) / height) + AROUND);
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
}
