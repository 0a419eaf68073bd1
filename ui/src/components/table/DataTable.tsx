import { useWindowVirtualizer, type Range } from "@tanstack/react-virtual";
import { useCallback, useEffect, useMemo, useRef, useState, type CSSProperties, type KeyboardEvent, type ReactNode } from "react";

import { useActions } from "@/components/Actions";
import { usePhone } from "@/lib/media";

import styles from "./DataTable.module.css";
import { Head } from "./Head";
import { itemsOf, rangeWith, stepFrom, type Group } from "./items";
import { TableRow } from "./TableRow";
import { useTop } from "./top";

export interface Column<Row> {
  readonly key: string;
  readonly head: ReactNode;
  readonly cell: (row: Row) => ReactNode;
  /** A track of CSS grid: `minmax(0, 2fr)`, `96px`. */
  readonly width: string;
  readonly isNumber?: boolean;
  /** The word that sorting by it has in the address. */
  readonly sort?: string;
  /** Its place in the two lines of a phone; a column without one is not shown there. */
  readonly phone?: "lead" | "side" | "sub" | "end";
}

export interface DataTableProps<Row> {
  /** Its name. */
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly rowKey: (row: Row) => string;
  /** `key` or `-key`, and what to do with another one. */
  readonly sort?: string | undefined;
  readonly onSort?: (sort: string) => void;
  /** Keys of the rows that are chosen; with `onSelect`, rows can be. */
  readonly selected?: ReadonlySet<string>;
  readonly onSelect?: (selected: ReadonlySet<string>) => void;
  /** Rows under heads: the same key as the row before means the same group. */
  readonly groupOf?: (row: Row) => Group;
  /** The last row is near: there may be more. */
  readonly onEnd?: () => void;
  /** j, k, x go to this table of the page. */
  readonly isMain?: boolean;
  /** A row that something is wrong with, or that does not count any more. */
  readonly look?: (row: Row) => "bad" | "faint" | undefined;
}

const ROW = { desk: 36, phone: 60 };
const GROUP = 32;

/** A list of any length: only what is in the window is in the page. One row has the focus, arrows and j, k move it,
 * Enter opens its first link, x chooses it. On phones each row has two lines. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, rows, columns, rowKey, selected, onSelect, groupOf, onEnd, isMain = false } = props;
  const isPhone = usePhone();
  const items = useMemo(() => itemsOf(rows, groupOf), [rows, groupOf]);
  const [active, setActive] = useState<string | null>(null);
  const activeAt = items.findIndex((item) => item.kind === "row" && rowKey(item.row) === active);
  const body = useRef<HTMLDivElement>(null);
  const wantsFocus = useRef(false);
  const top = useTop(body);

  const virtual = useWindowVirtualizer({
    count: items.length,
    estimateSize: (at) => (items[at]?.kind === "group" ? GROUP : isPhone ? ROW.phone : ROW.desk),
    getItemKey: (at) => {
      const item = items[at];
      return item === undefined ? at : item.kind === "row" ? rowKey(item.row) : `group ${item.group.key}`;
    },
    overscan: 8,
    scrollMargin: top,
    scrollPaddingStart: 48 + ROW.desk,
    scrollPaddingEnd: isPhone ? 72 : 16,
    // The row that has the focus stays in the page, or the focus would be lost.
    rangeExtractor: useCallback((range: Range) => rangeWith(range, activeAt), [activeAt]),
  });
  useEffect(() => virtual.measure(), [isPhone, virtual]);

  const shown = virtual.getVirtualItems();
  const lastShown = shown.at(-1)?.index ?? -1;
  useEffect(() => {
    if (items.length > 0 && lastShown >= items.length - 5) onEnd?.();
  }, [lastShown, items.length, onEnd]);

  const move = (to: number) => {
    const item = items[to];
    if (item?.kind !== "row") return;
    wantsFocus.current = true;
    setActive(rowKey(item.row));
    virtual.scrollToIndex(to, { align: "auto" });
  };
  const toggle = (key: string) => {
    if (!onSelect) return;
    const next = new Set(selected);
    if (!next.delete(key)) next.add(key);
    onSelect(next);
  };
  const go = (by: number) => move(stepFrom(items, activeAt, by));

  const press = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor(innerHeight / ROW.desk) - 4);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    const by = steps[event.key];
    if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    go(by);
  };

  useActions(
    isMain
      ? [
          { id: "row.next", name: "Next row", group: "List", keys: ["j", "ArrowDown"], run: () => go(1), isKeyOnly: true },
          { id: "row.previous", name: "Previous row", group: "List", keys: ["k", "ArrowUp"], run: () => go(-1), isKeyOnly: true },
          ...(onSelect ? [{ id: "row.select", name: "Select row", group: "List", keys: ["x"], run: () => active !== null && toggle(active), isKeyOnly: true }] : []),
        ]
      : [],
  );

  const tracks = `${onSelect ? "32px " : ""}${columns.map((column) => column.width).join(" ")}`;
  return (
    <div
      className={styles.table}
      role="grid"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      aria-multiselectable={onSelect ? true : undefined}
      style={{ "--tracks": tracks } as CSSProperties}
    >
      <Head {...props} keys={rows.map(rowKey)} />
      <div ref={body} className={styles.body} role="rowgroup" style={{ height: virtual.getTotalSize() }}>
        {shown.map(({ index, key, start, size }) => {
          const item = items[index];
          if (item === undefined) return null;
          const place = { height: size, translate: `0 ${String(start - top)}px` };
          if (item.kind === "group")
            return (
              <div key={key} className={styles.group} role="row" style={place}>
                <div role="gridcell" aria-colspan={columns.length}>
                  {item.group.head}
                </div>
              </div>
            );
          const id = rowKey(item.row);
          const isFirst = activeAt < 0 && item.at === 0;
          return (
            <TableRow
              key={key}
              row={item.row}
              at={item.at}
              columns={columns}
              place={place}
              isPhone={isPhone}
              isActive={id === active || isFirst}
              takesFocus={id === active ? wantsFocus : undefined}
              isSelected={onSelect ? (selected?.has(id) ?? false) : undefined}
              look={props.look?.(item.row)}
              onFocus={() => setActive(id)}
              onToggle={() => toggle(id)}
              onMove={press}
            />
          );
        })}
      </div>
    </div>
  );
}
