import { memo, useEffect, useRef } from "react";

import { formatDuration } from "@/lib/duration";
import { TONE, type Status } from "@/lib/status";

import { CELL_PX, COLUMN_PX, failedIn, GAP_PX, type GridColumn, type GridRow } from "./columns";
import styles from "./Grid.module.css";
import { axisOf, heightOn, type Axis, type Point, type Usual } from "./plot";

const PLOT_PX = 96;
const ROW_PX = CELL_PX + GAP_PX + 2;
/** Rows beyond these are drawn when they come into view. */
const VIRTUAL_FROM = 200;

interface GridProps {
  readonly columns: readonly GridColumn[];
  readonly rows: readonly GridRow[];
  readonly plot: { readonly points: readonly Point[]; readonly usual: readonly (Usual | null)[] };
}

/** Durations over tasks. A click on a red cell opens the log of that task of that run. */
export function Grid({ columns, rows, plot }: GridProps) {
  const box = useRef<HTMLDivElement>(null);
  const width = columns.length * COLUMN_PX;
  // The newest runs are at the right: that is where one begins to look.
  useEffect(() => {
    if (box.current) box.current.scrollLeft = box.current.scrollWidth;
  }, [width]);
  const axis = axisOf(plot.points.map((point) => point.ms));
  return (
    <div ref={box} className={styles.grid}>
      <div className={styles.row} style={{ height: PLOT_PX }}>
        <div className={styles.axis} aria-hidden="true">
          {axis.ticks.map((ms) => (
            <span key={ms} style={{ bottom: heightOn(axis, ms) * (PLOT_PX - 16) }}>
              {formatDuration(ms)}
            </span>
          ))}
        </div>
        <Plot columns={columns} rows={rows} plot={plot} axis={axis} width={width} />
      </div>
      {rows.map((row, at) => (
        <Row key={row.task.id} row={row} columns={columns} width={width} isFirstGone={row.task.gone && rows[at - 1]?.task.gone === false} isLazy={rows.length > VIRTUAL_FROM} />
      ))}
    </div>
  );
}

function Plot({ columns, rows, plot, axis, width }: GridProps & { readonly axis: Axis; readonly width: number }) {
  const y = (ms: number) => PLOT_PX - 8 - heightOn(axis, ms) * (PLOT_PX - 16);
  const x = (at: number) => at * COLUMN_PX + CELL_PX / 2;
  return (
    <svg className={styles.plot} width={width} height={PLOT_PX} role="img" aria-label="How long each run took">
      {axis.ticks.map((ms) => (
        <line key={ms} className={styles.tick} x1={0} x2={width} y1={y(ms)} y2={y(ms)} />
      ))}
      <path className={styles.band} d={bandOf(plot.usual, x, y)} />
      <path className={styles.median} d={lineOf(plot.usual, x, y)} />
      {plot.points.map((point) => (
        <g key={point.id} data-tone={TONE[point.status]} className={styles.point}>
          {point.isOutlier && <circle className={styles.outlier} cx={x(point.at)} cy={y(point.ms)} r={6} />}
          <Shape status={point.status} x={x(point.at)} y={y(point.ms)} />
        </g>
      ))}
      {columns.map(({ run, isChanged }, at) => {
        const task = failedIn(rows, at);
        const search = task === undefined ? "" : `?task=${encodeURIComponent(task)}`;
        return (
          <g key={run.id}>
            {isChanged && <line className={styles.changed} x1={at * COLUMN_PX - 1} x2={at * COLUMN_PX - 1} y1={0} y2={PLOT_PX} />}
            <rect className={styles.hit} x={at * COLUMN_PX} y={0} width={COLUMN_PX} height={PLOT_PX} data-card={`r ${at}`} data-open={`/runs/${run.id}${search}`} />
          </g>
        );
      })}
    </svg>
  );
}

function Shape({ status, x, y }: { readonly status: Status; readonly x: number; readonly y: number }) {
  if (status === "failed") return <path className={styles.dot} d={`M${x} ${y - 4.5}l4.5 4.5 -4.5 4.5 -4.5 -4.5z`} />;
  if (status === "cancelled") return <rect className={styles.dot} x={x - 3} y={y - 3} width={6} height={6} />;
  return <circle className={styles.dot} cx={x} cy={y} r={3.2} />;
}

type Place = (value: number) => number;

function lineOf(usual: readonly (Usual | null)[], x: Place, y: Place): string {
  return usual.map((each, at) => (each ? `${usual[at - 1] ? "L" : "M"}${x(at)} ${y(each.median)}` : "")).join("");
}

function bandOf(usual: readonly (Usual | null)[], x: Place, y: Place): string {
  const known = usual.flatMap((each, at) => (each ? [{ ...each, at }] : []));
  if (known.length < 2) return "";
  const there = known.map((each) => `${x(each.at)} ${y(each.p75)}`);
  const back = known.toReversed().map((each) => `${x(each.at)} ${y(each.p25)}`);
  return `M${[...there, ...back].join("L")}Z`;
}

interface RowProps {
  readonly row: GridRow;
  readonly columns: readonly GridColumn[];
  readonly width: number;
  readonly isFirstGone: boolean;
  readonly isLazy: boolean;
}

/** One task. Plain elements: nothing in it knows of React but the row. */
const Row = memo(function Row({ row, columns, width, isFirstGone, isLazy }: RowProps) {
  return (
    <div className={styles.row} data-gone={isFirstGone || undefined} data-lazy={isLazy || undefined} style={{ height: ROW_PX }}>
      <div className={styles.name} data-gone={row.task.gone || undefined} title={row.task.gone ? `${row.task.id}: no longer in the job` : row.task.name}>
        {row.task.id}
      </div>
      <svg className={styles.cells} width={width} height={ROW_PX} role="img" aria-label={sayRow(row)}>
        {row.cells.map((cell) => {
          const run = columns[cell.column]?.run;
          if (!run) return null;
          const left = cell.column * COLUMN_PX;
          const changed = columns[cell.column]?.isChanged;
          return (
            <g key={cell.column}>
              {changed && <line className={styles.changed} x1={left - 1} x2={left - 1} y1={0} y2={ROW_PX} />}
              {cell.status && <Cell status={cell.status} x={left} attempts={cell.attempts} card={`c ${cell.column} ${row.task.id}`} open={`/runs/${run.id}?task=${encodeURIComponent(row.task.id)}`} />}
            </g>
          );
        })}
      </svg>
    </div>
  );
});

const GLYPHS: Partial<Record<Status, string>> = {
  failed: "M4 4l6 6M10 4l-6 6",
  interrupted: "M8 2L5 7.4h4L6 12",
  cancelled: "M4 10l6 -6",
  retrying: "M10 7a3 3 0 1 1 -1 -2.3",
  skipped: "M4.6 4.6L7 7l-2.4 2.4M7.4 4.6L9.8 7l-2.4 2.4",
  pending: "M7 7h.01",
  running: "M7 2.5a4.5 4.5 0 0 1 0 9z",
};

interface CellProps {
  readonly status: Status;
  readonly x: number;
  readonly attempts: number;
  readonly card: string;
  readonly open: string;
}

function Cell({ status, x, attempts, card, open }: CellProps) {
  const glyph = GLYPHS[status];
  return (
    <g className={styles.cell} data-tone={TONE[status]} data-status={status} transform={`translate(${x} 1)`} data-card={card} data-open={open}>
      <rect x={0.5} y={0.5} width={CELL_PX - 1} height={CELL_PX - 1} rx={2} />
      {glyph && <path d={glyph} />}
      {attempts > 1 && <path className={styles.notch} d={`M${CELL_PX - 5} 0h5v5z`} />}
    </g>
  );
}

function sayRow(row: GridRow): string {
  const seen = row.cells.filter((cell) => cell.status !== null);
  const failed = seen.filter((cell) => cell.status === "failed" || cell.status === "interrupted").length;
  return `${row.task.id}: part of ${seen.length} runs, ${failed === 0 ? "never failed" : `failed in ${failed}`}`;
}
