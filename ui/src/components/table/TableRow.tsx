import { useLayoutEffect, useRef, type CSSProperties, type KeyboardEvent, type MouseEvent, type RefObject } from "react";

import styles from "./DataTable.module.css";
import type { Column } from "./DataTable";

interface TableRowProps<Row> {
  readonly row: Row;
  readonly at: number;
  readonly columns: readonly Column<Row>[];
  readonly place: CSSProperties;
  readonly isPhone: boolean;
  readonly isActive: boolean;
  /** Set where the keyboard moved to this row: it takes the focus, and says that it has. */
  readonly takesFocus: RefObject<boolean> | undefined;
  /** Undefined where rows cannot be chosen. */
  readonly isSelected: boolean | undefined;
  readonly look: "bad" | "faint" | undefined;
  readonly onFocus: () => void;
  readonly onToggle: () => void;
  /** A key was pressed while the row itself has the focus. */
  readonly onMove: (event: KeyboardEvent) => void;
}

const INNER = "a, button, input";

/** One row. A click anywhere, and Enter, open its first link. */
export function TableRow<Row>(props: TableRowProps<Row>) {
  const { row, at, columns, place, isPhone, isActive, takesFocus, isSelected, look, onFocus, onToggle, onMove } = props;
  const ref = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    // One row at a time is on the way of Tab, with what is in it.
    for (const inner of ref.current?.querySelectorAll<HTMLElement>(INNER) ?? []) inner.tabIndex = isActive ? 0 : -1;
    if (takesFocus?.current && ref.current) {
      takesFocus.current = false;
      ref.current.focus({ preventScroll: true });
    }
  });

  const open = (event: MouseEvent | KeyboardEvent) => {
    if ((event.target as Element).closest(INNER)) return;
    if (getSelection()?.type === "Range") return; // somebody marks a text
    const link = ref.current?.querySelector("a");
    link?.dispatchEvent(new globalThis.MouseEvent("click", { bubbles: true, cancelable: true, ctrlKey: event.ctrlKey, metaKey: event.metaKey }));
  };

  const cells = isPhone ? columns.filter((column) => column.phone) : columns;
  return (
    <div
      ref={ref}
      className={styles.row}
      role="row"
      aria-rowindex={at + 2}
      aria-selected={isSelected}
      tabIndex={isActive ? 0 : -1}
      data-look={look}
      style={place}
      onFocus={onFocus}
      onClick={open}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget) return;
        if (event.key === "Enter") open(event);
        else onMove(event);
      }}
    >
      {isSelected !== undefined && (
        <div role="gridcell" className={styles.select}>
          <input type="checkbox" aria-label="Select row" checked={isSelected} onChange={onToggle} />
        </div>
      )}
      {cells.map((column) => (
        <div key={column.key} role="gridcell" className={styles.cell} data-number={column.isNumber || undefined} data-phone={column.phone}>
          {column.cell(row)}
        </div>
      ))}
    </div>
  );
}
