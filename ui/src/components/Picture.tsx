import { useId, useState, type ReactNode } from "react";

import { Button } from "./Button";
import { Icon } from "./Icon";
import styles from "./Picture.module.css";
import { Scroll } from "./Scroll";

export interface TableOf {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly ReactNode[])[];
}

/** A picture with its name, a sentence that says what it shows, and the table behind it. */
export function Picture({ name, summary, table, children, controls }: {
  readonly name: string;
  /** One sentence: "12 of 14 runs completed, the last one failed." It is shown. */
  readonly summary: ReactNode;
  /** Made only when somebody asks for it. */
  readonly table: () => TableOf;
  readonly children: ReactNode;
  readonly controls?: ReactNode;
}) {
  const [isTable, setTable] = useState(false);
  const id = useId();
  return (
    <figure className={styles.picture} aria-labelledby={id}>
      <figcaption className={styles.head}>
        <span id={id} className="visually-hidden">
          {name}
        </span>
        <span className={styles.summary}>{summary}</span>
        {controls}
        <Button look="quiet" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
          <Icon name="table" />
          {isTable ? "Show as picture" : "Show as table"}
        </Button>
      </figcaption>
      {isTable ? <PlainTable caption={name} {...table()} /> : children}
    </figure>
  );
}

/** A plain table, all of it in the page. */
export function PlainTable({ caption, columns, rows }: TableOf & { readonly caption: string }) {
  return (
    <Scroll className={styles.scroll} label={caption}>
      <table className={styles.table}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>
              {row.map((cell, column) => (
                <td key={column}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
