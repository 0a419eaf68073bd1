import type { ReactNode } from "react";

import styles from "./Empty.module.css";

/** Nothing is there: why, and what to do about it. */
export function Empty({ children, action }: { readonly children: ReactNode; readonly action?: ReactNode }) {
  return (
    <div className={styles.empty}>
      <div>{children}</div>
      {action}
    </div>
  );
}
