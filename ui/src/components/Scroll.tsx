import { useLayoutEffect, useRef, useState, type ReactNode } from "react";

/** A box of which a part may be out of sight: then, and only then, Tab stops at it, so that arrows can scroll it. */
export function Scroll({ label, className, children }: {
  /** What is in it, for those who come to it by Tab. */
  readonly label: string;
  readonly className?: string | undefined;
  readonly children: ReactNode;
}) {
  const box = useRef<HTMLDivElement>(null);
  const [isOver, setOver] = useState(false);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => setOver(element.scrollWidth > element.clientWidth || element.scrollHeight > element.clientHeight);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    for (const child of element.children) observer.observe(child);
    return () => observer.disconnect();
  }, [children]);
  return (
    <div ref={box} className={className} {...(isOver ? { role: "region", "aria-label": label, tabIndex: 0 } : {})}>
      {children}
    </div>
  );
}
