import { defaultRangeExtractor, type Range } from "@tanstack/react-virtual";
import type { ReactNode } from "react";

export interface Group {
  readonly key: string;
  readonly head: ReactNode;
}

/** What stands below each other: rows, and heads of groups. `at` counts rows only. */
export type Item<Row> =
  | { readonly kind: "row"; readonly row: Row; readonly at: number }
  | { readonly kind: "group"; readonly group: Group };

export function itemsOf<Row>(rows: readonly Row[], groupOf?: (row: Row) => Group): readonly Item<Row>[] {
  const items: Item<Row>[] = [];
  let last: string | undefined;
  rows.forEach((row, at) => {
    const group = groupOf?.(row);
    if (group && group.key !== last) {
      items.push({ kind: "group", group });
      last = group.key;
    }
    items.push({ kind: "row", row, at });
  });
  return items;
}

/** The place of the row that is `by` rows away, at most the first or the last one; -1 where there are none. */
export function stepFrom<Row>(items: readonly Item<Row>[], from: number, by: number): number {
  const rows = items.flatMap((item, at) => (item.kind === "row" ? [at] : []));
  if (rows.length === 0) return -1;
  const here = rows.indexOf(from);
  const wanted = here < 0 ? (by > 0 ? 0 : rows.length - 1) : here + by;
  return rows[Math.min(rows.length - 1, Math.max(0, wanted))] ?? -1;
}

/** What is rendered: what is in the window, and one more. */
export function rangeWith(range: Range, also: number): number[] {
  const shown = defaultRangeExtractor(range);
  if (also >= 0 && also < range.count && !shown.includes(also)) shown.push(also);
  return shown.sort((a, b) => a - b);
}
