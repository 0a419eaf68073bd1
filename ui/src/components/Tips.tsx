import { useEffect, useState } from "react";

import { copyClicked, momentAt } from "./copied";
import { Card } from "./HoverCard";

const AFTER_MS = 400;

interface Shown {
  readonly text: string;
  readonly at: DOMRect;
}

/** Shows what `data-tip` says of an element, by pointer and by focus, and copies moments. One for the whole page.
 *
 * A tip adds to what is there: what an element is called is its text or its `aria-label`.
 */
export function Tips() {
  const [shown, setShown] = useState<Shown | null>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let current: Element | null = null;
    const hide = () => {
      clearTimeout(timer);
      current = null;
      setShown(null);
    };
    const look = (event: Event) => {
      const element = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-tip]") : null;
      if (element === current) return;
      hide();
      const tip = element?.dataset.tip;
      if (!element || tip === undefined || tip === "") return;
      const text = momentAt(element) === undefined ? tip : `${tip} · click copies`;
      if (event.type === "focusin" && !element.matches(":focus-visible")) return;
      current = element;
      timer = setTimeout(() => setShown({ text, at: element.getBoundingClientRect() }), AFTER_MS);
    };
    const press = (event: KeyboardEvent) => event.key === "Escape" && hide();
    document.addEventListener("pointerover", look);
    document.addEventListener("focusin", look);
    document.addEventListener("focusout", hide);
    document.addEventListener("pointerdown", hide);
    document.addEventListener("click", copyClicked, { capture: true });
    document.addEventListener("keydown", press);
    document.addEventListener("scroll", hide, { capture: true, passive: true });
    return () => {
      hide();
      document.removeEventListener("pointerover", look);
      document.removeEventListener("focusin", look);
      document.removeEventListener("focusout", hide);
      document.removeEventListener("pointerdown", hide);
      document.removeEventListener("click", copyClicked, { capture: true });
      document.removeEventListener("keydown", press);
      document.removeEventListener("scroll", hide, { capture: true });
    };
  }, []);
  return shown ? (
    <Card at={shown.at} isTip>
      {shown.text}
    </Card>
  ) : null;
}
