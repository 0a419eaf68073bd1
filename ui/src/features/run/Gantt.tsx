import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";

import type { PlanView, Run } from "@/api/schema";
import { StatusMark } from "@/components/Status";
import { useZone } from "@/components/Zone";
import { formatDuration } from "@/lib/duration";
import { isBad, TONE } from "@/lib/status";
import { formatTime } from "@/lib/time";

import { criticalPath, lineOfPath, type Critical } from "./critical";
import styles from "./Gantt.module.css";
import { axisOf, ordered, spanOf, ticksOf, workOf, type Axis, type GanttRow, type Mark, type Order } from "./gantt";
import { useRows } from "./useRows";
import { useWidth } from "./useWidth";
import { sayRow, summary } from "./words";

interface GanttProps {
  readonly run: Run;
  readonly rows: readonly GanttRow[];
  readonly plan: PlanView;
  readonly now: number;
  readonly order: Order;
  readonly isCritical: boolean;
  readonly chosen: string | undefined;
  readonly onChoose: (taskId: string) => void;
}

const ROW = 24;
const TALL_ROW = 44;
const NARROW_LANE = 22; // names are above the bars
const NAMES = 168;
const STUB = 28;
const LINE = 10; // from the middle of a bar to the line of the critical path below it
const END = 56; // room for the words behind the last bar

/** What each task of a run did, over time. */
export function Gantt({ run, rows: all, plan, now, order, isCritical, chosen, onChoose }: GanttProps) {
  const zone = useZone();
  const scroller = useRef<HTMLDivElement>(null);
  const [frame, width] = useWidth();
  const isNarrow = width > 0 && width < 480;
  const names = isNarrow ? 0 : NAMES;
  const row = isNarrow ? TALL_ROW : ROW;
  const rows = useMemo(() => ordered(all, order), [all, order]);
  const critical = useMemo(() => criticalPath(all, plan.tasks), [all, plan.tasks]);
  const stub = run.started_at !== null && run.started_at - run.created_at >= 1_000 ? STUB : 4;
  const left = names + stub;
  const axis = useMemo(() => axisOf(all, run, now, Math.max(80, width - left - END)), [all, run, now, width, left]);
  const drawn = useRows(scroller, rows.length, row);
  const at = rows.findIndex((each) => each.task.task_id === chosen);
  useEffect(() => {
    const box = scroller.current;
    if (!box || at < 0) return;
    if (at * row < box.scrollTop) box.scrollTop = at * row;
    else if ((at + 1) * row > box.scrollTop + box.clientHeight) box.scrollTop = (at + 1) * row - box.clientHeight;
  }, [at, row]);
  const [hovered, setHovered] = useState<{ id: string; x: number; y: number }>();
  const onKey = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const next = target(rows, at, step, event.shiftKey);
    if (next) onChoose(next.task.task_id);
  };
  const onMove = (event: PointerEvent) => {
    const id = (event.target as HTMLElement).closest<HTMLElement>("[data-task]")?.dataset.task;
    const box = frame.current?.getBoundingClientRect();
    setHovered(id === undefined || !box || event.pointerType === "touch" ? undefined : { id, x: event.clientX - box.left, y: event.clientY - box.top });
  };
  const card = hovered && rows.find((each) => each.task.task_id === hovered.id);
  return (
    <div ref={frame} className={styles.frame}>
      <p className="visually-hidden">{summary(run, all)}</p>
      {isCritical && <p className={styles.critical}>{criticalWords(critical, run, now)}</p>}
      <Head axis={axis} left={left} run={run} zone={zone} now={now} />
      <div ref={scroller} className={styles.rows}>
        <div
          className={styles.sheet}
          role="grid"
          aria-label="Tasks over time"
          tabIndex={0}
          aria-activedescendant={at >= 0 ? `gantt-${at}` : undefined}
          style={{ height: rows.length * row }}
          onKeyDown={onKey}
          onPointerMove={onMove}
          onPointerLeave={() => setHovered(undefined)}
          onClick={(event) => {
            const id = (event.target as HTMLElement).closest<HTMLElement>("[data-task]")?.dataset.task;
            if (id !== undefined) onChoose(id);
          }}
        >
          {drawn.map((index) => {
            const each = rows[index];
            return (
              each && (
                <div
                  key={each.task.task_id}
                  id={`gantt-${index}`}
                  role="row"
                  aria-selected={each.task.task_id === chosen}
                  aria-label={sayRow(each, zone, now)}
                  className={styles.row}
                  data-narrow={isNarrow || undefined}
                  data-task={each.task.task_id}
                  style={{ transform: `translateY(${index * row}px)`, height: row }}
                >
                  <span role="gridcell" className={styles.name} style={isNarrow ? undefined : { width: NAMES }}>
                    <StatusMark status={each.task.status} size={12} />
                    <span className="cut">{each.task.task_id}</span>
                  </span>
                  <span role="gridcell" className={styles.lane} style={{ left }}>
                    <Marks row={each} axis={axis} />
                  </span>
                </div>
              )
            );
          })}
          <Folds axis={axis} left={left} />
          {isCritical && (
            <svg className={styles.path} style={{ left }} aria-hidden="true">
              <path d={lineOfPath(critical.path, rows, axis, (index) => index * row + (isNarrow ? NARROW_LANE + (row - NARROW_LANE) / 2 : row / 2) + LINE)} />
            </svg>
          )}
          {run.status === "running" && <span className={styles.now} style={{ left: left + axis.x(now) }} />}
        </div>
      </div>
      {card && (
        <div className={styles.card} style={{ left: Math.min(hovered.x + 12, Math.max(0, width - 260)), top: hovered.y + 16 }} aria-hidden="true">
          {sayRow(card, zone, now)
            .split("; ")
            .map((line) => (
              <div key={line}>{line}</div>
            ))}
        </div>
      )}
    </div>
  );
}

const STEPS: Readonly<Record<string, number>> = { ArrowUp: -1, ArrowDown: 1, k: -1, j: 1, Home: -Infinity, End: Infinity };

/** The next row; with Shift the next that failed. */
function target(rows: readonly GanttRow[], at: number, step: number, isFailed: boolean): GanttRow | undefined {
  if (!Number.isFinite(step)) return step < 0 ? rows[0] : rows.at(-1);
  if (!isFailed) return rows[Math.min(rows.length - 1, Math.max(0, at + step))];
  for (let index = at + step; index >= 0 && index < rows.length; index += step) {
    const row = rows[index];
    if (row && isBad(row.task.status)) return row;
  }
  return undefined;
}

function criticalWords(critical: Critical, run: Run, now: number): string {
  if (critical.path.length === 0) return "Nothing has run yet.";
  const whole = (run.ended_at ?? now) - (run.started_at ?? run.created_at);
  const { path } = critical;
  const shown = path.length > 6 ? [...path.slice(0, 3), "…", ...path.slice(-2)] : path;
  return `critical ${formatDuration(critical.ms)} of ${formatDuration(whole)}: ${shown.join(" → ")}`;
}

interface HeadProps {
  readonly axis: Axis;
  readonly left: number;
  readonly run: Run;
  readonly zone: string;
  readonly now: number;
}

function Head({ axis, left, run, zone, now }: HeadProps) {
  const queued = run.started_at === null ? null : run.started_at - run.created_at;
  return (
    <div className={styles.head} aria-hidden="true">
      <span className={styles.zero}>
        {queued !== null && queued >= 1_000 ? `queued ${formatDuration(queued)}` : formatTime(axis.zero, zone, now)}
      </span>
      {ticksOf(axis).map((ms) => (
        <span key={ms} className={styles.tick} style={{ left: left + axis.x(axis.zero + ms) }}>
          {ms === 0 ? left < NAMES ? "" : "0" : formatDuration(ms).replace(".0 ", " ")}
        </span>
      ))}
    </div>
  );
}

function Folds({ axis, left }: { readonly axis: Axis; readonly left: number }) {
  return axis.stretches
    .filter((each) => each.isFold)
    .map((fold) => (
      <span key={fold.from} className={styles.fold} style={{ left: left + fold.x0, width: fold.x1 - fold.x0 }} title="Nothing ran here">
        <span>{formatDuration(fold.to - fold.from)}</span>
      </span>
    ));
}

function Marks({ row, axis }: { readonly row: GanttRow; readonly axis: Axis }) {
  const ran = row.marks.filter((mark) => mark.kind === "run");
  const last = row.marks.at(-1);
  const work = workOf(row);
  return (
    <>
      {row.marks.map((mark) => (
        <Bar key={`${mark.kind}${mark.from}`} mark={mark} axis={axis} isNumbered={ran.length > 1} />
      ))}
      {row.usualMs !== null && row.startedAt !== null && (
        <span className={styles.usual} style={{ left: axis.x(row.startedAt + row.usualMs) }} title={`usually ${formatDuration(row.usualMs)}`} />
      )}
      {last && work > 0 && last.kind !== "dependency" && (
        <span className={styles.took} style={{ left: Math.max(...row.marks.map((mark) => (spanOf(mark, axis)?.x ?? 0) + (spanOf(mark, axis)?.width ?? 0))) + 6 }}>
          {formatDuration(work)}
          {row.usualMs !== null && `, usually ${formatDuration(row.usualMs)}`}
        </span>
      )}
    </>
  );
}

interface BarProps {
  readonly mark: Mark;
  readonly axis: Axis;
  readonly isNumbered: boolean;
}

function Bar({ mark, axis, isNumbered }: BarProps) {
  const span = spanOf(mark, axis);
  if (!span) return null;
  return (
    <span
      className={styles.mark}
      data-kind={mark.kind}
      data-tone={TONE[mark.status]}
      style={mark.kind === "skipped" ? { left: span.x } : { left: span.x, width: span.width }}
    >
      {mark.kind === "skipped" && "»"}
      {mark.kind === "retry" && span.width > 14 && "↻"}
      {mark.kind === "run" && isNumbered && span.width > 12 && mark.attempt}
    </span>
  );
}
