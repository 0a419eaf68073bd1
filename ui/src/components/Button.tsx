import type { ButtonHTMLAttributes } from "react";

import { classes } from "@/lib/classes";

import styles from "./Button.module.css";

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** `primary` once on a page at most; `quiet` has no edge; `danger` ends something. */
  readonly look?: "plain" | "primary" | "quiet" | "danger";
  /** Why it cannot be used now. It stays focusable, and says so. */
  readonly disabledReason?: string | undefined;
  /** What is shown of it when the pointer rests on it. */
  readonly "data-tip"?: string;
}

/** A button. One that cannot be used says why. */
export function Button({ look = "plain", disabledReason, className, onClick, children, ...rest }: ButtonProps) {
  const isOff = disabledReason !== undefined;
  return (
    <button
      type="button"
      {...rest}
      className={classes(styles.button, styles[look], className)}
      aria-disabled={isOff || undefined}
      data-tip={disabledReason ?? rest["data-tip"]}
      onClick={isOff ? (event) => event.preventDefault() : onClick}
    >
      {children}
      {isOff && <span className="visually-hidden"> ({disabledReason})</span>}
    </button>
  );
}
