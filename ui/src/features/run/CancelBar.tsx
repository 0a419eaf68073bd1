import { useEffect, useRef } from "react";

import { Button } from "@/components/Button";
import { plural } from "@/lib/duration";

import styles from "./Run.module.css";

interface CancelBarProps {
  readonly running: number;
  readonly onCancel: () => void;
  readonly onClose: () => void;
}

/** Asks before a run is cancelled, and names the effect. The focus is on the answer: Enter confirms. */
export function CancelBar({ running, onCancel, onClose }: CancelBarProps) {
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const opener = document.activeElement;
    bar.current?.querySelector("button")?.focus();
    return () => {
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);
  return (
    <div ref={bar} className={styles.confirm} role="group" aria-label="Cancel run?">
      <strong>Cancel run?</strong>
      <span>
        TERM now, KILL after 10 s. {plural(running, "task")} {running === 1 ? "is" : "are"} running.
      </span>
      <Button look="danger" onClick={onCancel}>
        Cancel run
      </Button>
      <Button onClick={onClose}>Keep it</Button>
    </div>
  );
}
