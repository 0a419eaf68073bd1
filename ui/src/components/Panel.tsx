import { useId, type ReactNode } from "react";

import { Answer, type AnswerProps } from "./Answer";
import styles from "./Panel.module.css";

interface Frame {
  readonly title: string;
  /** Beside the title, muted: a count, a link to all of it. */
  readonly aside?: ReactNode;
  readonly actions?: ReactNode;
  /** Tables and pictures go to the edge. */
  readonly isFlush?: boolean;
}

/** A part of a page with a heading, a region of its own. */
export function Section({ title, aside, actions, isFlush = false, children }: Frame & { readonly children: ReactNode }) {
  const id = useId();
  return (
    <section className={styles.panel} aria-labelledby={id} data-flush={isFlush || undefined}>
      <header className={styles.head}>
        <h2 id={id}>{title}</h2>
        {aside && <div className={styles.aside}>{aside}</div>}
        {actions && <div className={styles.actions}>{actions}</div>}
      </header>
      <div className={styles.body}>{children}</div>
    </section>
  );
}

/** A part of a page that shows what one query has. When it fails, the rest of the page lives. */
export function Panel<Data>({ title, aside, actions, isFlush, ...answer }: Omit<Frame, "children"> & AnswerProps<Data>) {
  return (
    <Section title={title} aside={aside} actions={actions} isFlush={isFlush ?? false}>
      <Answer {...answer} />
    </Section>
  );
}
