import { useEffect, useRef, useState } from "react";

import { announce } from "@/lib/announce";
import { copyText } from "@/lib/copy";

import { Button } from "./Button";
import styles from "./CopyButton.module.css";
import { Icon } from "./Icon";

export interface CopyButtonProps {
  readonly text: string;
  /** What is copied: "Copy the run’s id". */
  readonly what: string;
  /** Beside the icon. */
  readonly label?: string;
}

/** Copies a text. Where the browser forbids that, the text stands there selected, for Ctrl C. */
export function CopyButton({ text, what, label }: CopyButtonProps) {
  const [state, setState] = useState<"idle" | "copied" | "forbidden">("idle");
  useEffect(() => {
    if (state !== "copied") return;
    const timer = setTimeout(() => setState("idle"), 1_500);
    return () => clearTimeout(timer);
  }, [state]);
  if (state === "forbidden") return <SelectToCopy text={text} what={what} onDone={() => setState("idle")} />;
  const copy = async () => {
    const done = await copyText(text);
    setState(done ? "copied" : "forbidden");
    if (done) announce(`Copied ${what}`);
  };
  return (
    <Button look="quiet" className={styles.button} aria-label={`Copy ${what}`} data-tip={`Copy ${what}`} onClick={() => void copy()}>
      <Icon name={state === "copied" ? "check" : "copy"} />
      {label && <span>{state === "copied" ? "Copied" : label}</span>}
    </Button>
  );
}

function SelectToCopy({ text, what, onDone }: { readonly text: string; readonly what: string; readonly onDone: () => void }) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.select(), []);
  return (
    <input
      ref={field}
      className={styles.field}
      readOnly
      value={text}
      aria-label={`Press Ctrl C to copy ${what}`}
      data-tip="Press Ctrl C"
      onBlur={onDone}
      onKeyDown={(event) => event.key === "Escape" && onDone()}
    />
  );
}
