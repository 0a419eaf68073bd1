import { useEffect, type ReactNode } from "react";

import { setFavicon } from "@/lib/favicon";
import type { Status } from "@/lib/status";

import styles from "./Page.module.css";

export interface PageProps {
  /** The one h1, and the page's name in the title. */
  readonly title: string;
  /** What stands in the title bar instead of the name: `✕ etl_nightly failed`. */
  readonly tabTitle?: string | undefined;
  /** The favicon shows it. */
  readonly state?: Status | undefined;
  /** Beside the heading: a status, a badge. */
  readonly lead?: ReactNode;
  /** Below the heading, in one line. */
  readonly sub?: ReactNode;
  readonly actions?: ReactNode;
  /** Use the whole width: for pictures that are as wide as time is. */
  readonly isWide?: boolean;
  readonly children: ReactNode;
}

/** One page: its heading, title and icon, and what is on it. */
export function Page({ title, tabTitle, state, lead, sub, actions, isWide = false, children }: PageProps) {
  useTitle(tabTitle ?? title, state);
  return (
    <div className={styles.page} data-wide={isWide || undefined}>
      <header className={styles.head}>
        <div className={styles.heading}>
          <h1 tabIndex={-1}>{title}</h1>
          {lead}
        </div>
        {actions && <div className={styles.actions}>{actions}</div>}
        {sub && <div className={styles.sub}>{sub}</div>}
      </header>
      {children}
    </div>
  );
}

/** Say in title and icon where this is and how it stands. */
export function useTitle(title: string, state?: Status): void {
  useEffect(() => {
    document.title = title === "Petit" ? title : `${title} · Petit`;
  }, [title]);
  useEffect(() => {
    setFavicon(state);
    return () => setFavicon(undefined);
  }, [state]);
}
