import { useCallback, useEffect, useLayoutEffect, useRef, useState, type ReactNode } from "react";

import styles from "./HoverCard.module.css";

const GAP = 8;
/** The pointer may cross to the card before it goes. */
const LINGER_MS = 120;

interface Shown {
  readonly key: string;
  readonly at: DOMRect;
}

/** A picture of which each part has a card. Parts carry `data-card="<key>"`; one listener and one card serve all.
 *
 * The card comes with the pointer and with the focus, stays while the pointer is on it, and goes with Escape.
 */
export function HoverCards({ card, children, className }: {
  readonly card: (key: string) => ReactNode;
  readonly children: ReactNode;
  readonly className?: string | undefined;
}) {
  const [shown, setShown] = useState<Shown | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const area = useRef<HTMLDivElement>(null);

  const hide = useCallback((wait: number) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setShown(null), wait);
  }, []);

  useEffect(() => {
    const element = area.current;
    if (!element) return;
    const enter = (event: Event) => {
      if (!(event.target instanceof Element)) return;
      const part = event.target.closest<HTMLElement>("[data-card]");
      const key = part?.dataset.card;
      if (!part || key === undefined || !element.contains(part)) {
        hide(LINGER_MS);
        return;
      }
      clearTimeout(timer.current);
      setShown((old) => (old?.key === key ? old : { key, at: part.getBoundingClientRect() }));
    };
    const leave = () => hide(LINGER_MS);
    const press = (event: KeyboardEvent) => event.key === "Escape" && hide(0);
    element.addEventListener("pointerover", enter);
    element.addEventListener("pointerleave", leave);
    element.addEventListener("focusin", enter);
    element.addEventListener("focusout", leave);
    document.addEventListener("keydown", press);
    document.addEventListener("scroll", leave, { capture: true, passive: true });
    return () => {
      clearTimeout(timer.current);
      element.removeEventListener("pointerover", enter);
      element.removeEventListener("pointerleave", leave);
      element.removeEventListener("focusin", enter);
      element.removeEventListener("focusout", leave);
      document.removeEventListener("keydown", press);
      document.removeEventListener("scroll", leave, { capture: true });
    };
  }, [hide]);

  return (
    <div ref={area} className={className}>
      {children}
      {shown && (
        <Card at={shown.at} onEnter={() => clearTimeout(timer.current)} onLeave={() => hide(LINGER_MS)}>
          {card(shown.key)}
        </Card>
      )}
    </div>
  );
}

/** Stands above or below a place, within the window, over everything. */
export function Card({ at, children, onEnter, onLeave, isTip = false }: {
  readonly at: DOMRect;
  readonly children: ReactNode;
  readonly onEnter?: () => void;
  readonly onLeave?: () => void;
  readonly isTip?: boolean;
}) {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const card = ref.current;
    if (!card) return;
    // In the top layer, above dialogs too; without it the card stands where its z-index lets it.
    if (typeof card.showPopover === "function" && !card.matches(":popover-open")) card.showPopover();
    const { width, height } = card.getBoundingClientRect();
    const left = Math.min(Math.max(GAP, at.left + at.width / 2 - width / 2), innerWidth - width - GAP);
    const below = at.bottom + GAP;
    const top = below + height > innerHeight - GAP && at.top - height - GAP > 0 ? at.top - height - GAP : below;
    card.style.translate = `${String(Math.round(left))}px ${String(Math.round(top))}px`;
  });
  return (
    <div
      ref={ref}
      popover="manual"
      className={styles.card}
      data-tip-card={isTip || undefined}
      onPointerEnter={onEnter}
      onPointerLeave={onLeave}
    >
      {children}
    </div>
  );
}
