import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo, useRef } from "react";

import { Answer } from "@/components/Answer";
import { Button } from "@/components/Button";
import { ChoiceChip } from "@/components/Chips";
import { Empty } from "@/components/Empty";
import { HoverCards } from "@/components/HoverCard";
import { useOpen } from "@/components/open";
import { Picture, type TableOf } from "@/components/Picture";
import { StatusText } from "@/components/Status";
import { Duration, Time } from "@/components/Time";
import { RunLink } from "@/components/Why";
import { formatDuration, plural } from "@/lib/duration";

import { filterRows, gridOf, type GridColumn, type GridRow, type RowFilter } from "./columns";
import { gridQuery } from "./data";
import { Grid } from "./Grid";
import styles from "./Job.module.css";
import { plotOf } from "./plot";

const FILTERS: readonly { readonly value: RowFilter; readonly name: string }[] = [
  { value: "failed", name: "failed" },
  { value: "retried", name: "retried" },
];

interface RunsTabProps {
  readonly jobId: string;
  readonly filter: RowFilter | undefined;
  readonly onFilter: (filter: RowFilter | undefined) => void;
}

/** How long runs took, over what became of each of their tasks: the same columns. */
export function RunsTab({ jobId, filter, onFilter }: RunsTabProps) {
  const pages = useInfiniteQuery(gridQuery(jobId));
  const grid = useMemo(() => gridOf(pages.data?.pages ?? []), [pages.data]);
  const rows = useMemo(() => filterRows(grid.rows, filter), [grid, filter]);
  const plot = useMemo(() => plotOf(grid.columns.map((column) => column.run)), [grid]);
  const box = useRef<HTMLDivElement>(null);
  useOpen(box);
  return (
    <Answer
      query={pages}
      what="the runs"
      empty={() => (grid.columns.length === 0 ? <Empty>No runs yet. {plural(grid.rows.length, "task")} will stand here, one row each: {grid.rows.slice(0, 8).map((row) => row.task.id).join(", ")}.</Empty> : null)}
    >
      {() => (
        <Picture
          name="Runs and their tasks"
          summary={sayGrid(grid.columns, plot.points.filter((point) => point.isOutlier).length)}
          table={() => tableOf(grid.columns, grid.rows)}
          controls={
            <>
              <ChoiceChip label="Tasks" choices={FILTERS} value={filter} onChange={onFilter} />
              {pages.hasNextPage && (
                <Button look="quiet" onClick={() => void pages.fetchNextPage()} disabledReason={pages.isFetchingNextPage ? "Older runs are being loaded" : undefined}>
                  Older runs
                </Button>
              )}
            </>
          }
        >
          <HoverCards card={(key) => <RunCard cardKey={key} columns={grid.columns} rows={grid.rows} />} className={styles.hover}>
            <div ref={box}>
              <Grid columns={grid.columns} rows={rows} plot={plot} />
            </div>
          </HoverCards>
          {rows.length === 0 && <p className="muted">No task {filter} in these runs.</p>}
        </Picture>
      )}
    </Answer>
  );
}

/** What hovering shows: `r <column>` for a run, `c <column> <task>` for one of its tasks. */
function RunCard({ cardKey, columns, rows }: { readonly cardKey: string; readonly columns: readonly GridColumn[]; readonly rows: readonly GridRow[] }) {
  const [kind, at = "", ...rest] = cardKey.split(" ");
  const run = columns[Number(at)]?.run;
  if (!run) return null;
  const taskId = rest.join(" ");
  const cell = kind === "c" ? rows.find((row) => row.task.id === taskId)?.cells[Number(at)] : undefined;
  return (
    <div className={styles.card}>
      {cell && (
        <p>
          <span className="mono">{taskId}</span> {cell.status ? <StatusText status={cell.status} /> : <span className="muted">not part of this run</span>}
          {cell.attempts > 1 && ` after ${cell.attempts > 9 ? "more than 9" : cell.attempts} attempts`}
        </p>
      )}
      <p>
        Run <StatusText status={run.status} />
        {run.duration_ms !== null && (
          <>
            {" "}
            in <Duration ms={run.duration_ms} />
          </>
        )}
      </p>
      <p className="muted">
        <Time at={run.started_at ?? run.created_at} /> · {run.trigger}
      </p>
      {run.error !== null && <p className={styles.error}>{run.error}</p>}
    </div>
  );
}

function sayGrid(columns: readonly GridColumn[], outliers: number): string {
  const count = (status: string) => columns.filter((column) => column.run.status === status).length;
  const durations = columns.flatMap(({ run }) => (run.status === "completed" && run.duration_ms !== null ? [run.duration_ms] : [])).toSorted((a, b) => a - b);
  const median = durations[Math.floor(durations.length / 2)];
  const parts = [`${count("completed")} of ${plural(columns.length, "run")} completed`];
  const failed = count("failed") + count("interrupted");
  if (failed > 0) parts.push(`${failed} failed`);
  if (median !== undefined) parts.push(`usually ${formatDuration(median)}`);
  if (outliers > 0) parts.push(`${outliers} out of the ordinary`);
  return `${parts.join(", ")}.`;
}

function tableOf(columns: readonly GridColumn[], rows: readonly GridRow[]): TableOf {
  return {
    columns: ["Run", "Started", "Result", "Took", ...rows.map((row) => row.task.id)],
    rows: columns
      .map(({ run }, at) => [
        <RunLink key="run" runId={run.id} />,
        <Time key="at" at={run.started_at ?? run.created_at} />,
        run.status,
        run.duration_ms === null ? "" : formatDuration(run.duration_ms),
        ...rows.map((row) => row.cells[at]?.status ?? "–"),
      ])
      .toReversed(),
  };
}
