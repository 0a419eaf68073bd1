import { Icon } from "../Icon";
import styles from "./DataTable.module.css";
import type { DataTableProps } from "./DataTable";

/** The names of the columns; those that sort are buttons. It stays at the top. */
export function Head<Row>({ columns, sort, onSort, selected, onSelect, keys }: DataTableProps<Row> & { readonly keys: readonly string[] }) {
  const isAll = selected !== undefined && selected.size > 0 && selected.size === keys.length;
  return (
    <div className={styles.head} role="rowgroup">
      <div role="row" aria-rowindex={1}>
        {onSelect && (
          <div role="columnheader" className={styles.select}>
            <input
              type="checkbox"
              aria-label="Select all"
              checked={isAll}
              ref={(box) => {
                if (box) box.indeterminate = !isAll && (selected?.size ?? 0) > 0;
              }}
              onChange={() => onSelect(new Set(isAll ? [] : keys))}
            />
          </div>
        )}
        {columns.map((column) => {
          const isUp = column.sort !== undefined && sort === column.sort;
          const isDown = column.sort !== undefined && sort === `-${column.sort}`;
          const by = column.sort;
          return (
            <div
              key={column.key}
              role="columnheader"
              className={styles.name}
              data-number={column.isNumber || undefined}
              aria-sort={isUp ? "ascending" : isDown ? "descending" : undefined}
            >
              {by !== undefined && onSort ? (
                <button type="button" onClick={() => onSort(isUp ? `-${by}` : by)}>
                  {column.head}
                  {(isUp || isDown) && <Icon name={isUp ? "up" : "down"} size={12} />}
                </button>
              ) : (
                column.head
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}
