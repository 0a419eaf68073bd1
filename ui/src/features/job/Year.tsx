import { useQuery } from "@tanstack/react-query";
import { useMemo, useRef, useState, type KeyboardEvent } from "react";

import type { Day } from "@/api/schema";
import { Answer } from "@/components/Answer";
import { ChoiceChip } from "@/components/Chips";
import { HoverCards } from "@/components/HoverCard";
import { Picture, type TableOf } from "@/components/Picture";
import { useZone } from "@/components/Zone";
import { formatCount, formatDuration, formatShare, plural } from "@/lib/duration";
import { zoneName } from "@/lib/time";
import { useWidth } from "@/lib/width";

import { daysQuery } from "./data";
import styles from "./Year.module.css";
import { cellsOf, dayPlus, firstDay, monthsOf, nextBad, runsOf, totalsOf, weeksPerRow, weekStartOf, type Cell, type Mode } from "./year";

const CELL_PX = 12;
const STEP_PX = 15;
const LEFT_PX = 32;
const TOP_PX = 18;
const ROW_PX = TOP_PX + 7 * STEP_PX;
const BETWEEN_PX = 10;
const WEEKS = 53;
const CHOICES: readonly { readonly value: Exclude<Mode, "result">; readonly name: string }[] = [
  { value: "count", name: "all runs" },
  { value: "median", name: "median duration" },
];
const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -7, ArrowRight: 7, ArrowUp: -1, ArrowDown: 1, PageUp: -28, PageDown: 28 };

interface YearProps {
  readonly jobId: string;
  readonly today: string;
  readonly planned: ReadonlySet<string>;
  readonly mode: Mode;
  readonly onMode: (mode: Mode) => void;
  readonly chosen: string | undefined;
  readonly onChoose: (day: string | undefined) => void;
}

/** A year, a cell a day: the more ran the stronger, a red corner for what failed, a dashed edge for what did not run. */
export function Year({ jobId, today, planned, mode, onMode, chosen, onChoose }: YearProps) {
  const zone = useZone();
  const weekStart = weekStartOf(navigator.language);
  const first = firstDay(today, weekStart);
  // The week that is not over shows its coming days, too.
  const last = dayPlus(first, WEEKS * 7 - 1);
  const days = useQuery(daysQuery(jobId, zone, first, last));
  const cells = useMemo(() => cellsOf(days.data?.days ?? [], first, last, mode, planned), [days.data, first, last, mode, planned]);
  return (
    <Answer query={days} what="the days">
      {(list) => (
        <Picture
          name="The last year, day by day"
          summary={sayYear(list.days)}
          table={() => tableOf(list.days, zone)}
          controls={<ChoiceChip label="Colour" choices={CHOICES} none="runs completed" value={mode === "result" ? undefined : mode} onChange={(next) => onMode(next ?? "result")} />}
        >
          <HoverCards
            card={(day) => {
              const cell = cells.find((each) => each.day === day);
              return cell && <p><strong>{day}</strong><br />{sayCell(cell)}</p>;
            }}
          >
            <Weeks cells={cells} first={first} weekStart={weekStart} today={today} chosen={chosen} onChoose={onChoose} />
          </HoverCards>
          <Legend mode={mode} />
        </Picture>
      )}
    </Answer>
  );
}

interface WeeksProps {
  readonly cells: readonly Cell[];
  readonly first: string;
  readonly weekStart: number;
  readonly today: string;
  readonly chosen: string | undefined;
  readonly onChoose: (day: string | undefined) => void;
}

/** The weeks from left to right, in as many rows as the window needs. One tab stop, arrows walk the days. */
function Weeks({ cells, first, weekStart, today, chosen, onChoose }: WeeksProps) {
  const [ref, width] = useWidth();
  const grid = useRef<SVGSVGElement>(null);
  const [focused, setFocused] = useState(chosen ?? today);
  const stop = cells.some((cell) => cell.day === focused) ? focused : today;
  const perRow = weeksPerRow(WEEKS, Math.floor((width - LEFT_PX) / STEP_PX));
  const rows = Math.ceil(WEEKS / perRow);
  const left = (week: number) => LEFT_PX + (week % perRow) * STEP_PX;
  const top = (week: number) => Math.floor(week / perRow) * (ROW_PX + BETWEEN_PX);
  const press = (event: KeyboardEvent) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      onChoose(stop === chosen ? undefined : stop);
      return;
    }
    const next = toGo(cells, stop, event);
    if (next === undefined) return;
    event.preventDefault();
    if (!cells.some((cell) => cell.day === next)) return;
    setFocused(next);
    grid.current?.querySelector<SVGElement>(`[data-day="${next}"]`)?.focus();
  };
  return (
    <div ref={ref}>
      {width > 0 && (
        <svg ref={grid} className={styles.year} width={LEFT_PX + perRow * STEP_PX} height={rows * (ROW_PX + BETWEEN_PX) - BETWEEN_PX} role="grid" aria-label="Days, a column a week" tabIndex={-1} onKeyDown={press}>
          <g aria-hidden="true" className={styles.words}>
            {monthsOf(first, WEEKS).map((month) => {
              // At the right there is no room for a name that begins with its week: it ends with it.
              const isLast = (month.week % perRow) + 2 > perRow;
              return (
                <text key={month.week} x={left(month.week) + (isLast ? CELL_PX : 0)} y={top(month.week) + 11} textAnchor={isLast ? "end" : "start"}>
                  {month.name}
                </text>
              );
            })}
            {Array.from({ length: rows }, (_, row) =>
              [0, 2, 4].map((day) => (
                <text key={`${row} ${day}`} x={0} y={row * (ROW_PX + BETWEEN_PX) + TOP_PX + day * STEP_PX + 10}>
                  {WEEKDAYS[(weekStart + day) % 7]}
                </text>
              )),
            )}
          </g>
          {Array.from({ length: 7 }, (_, weekday) => (
            <g key={weekday} role="row" aria-label={WEEKDAYS[(weekStart + weekday) % 7]}>
              {cells.filter((cell) => cell.weekday === weekday).map((cell) => (
                <g
                  key={cell.day}
                  role="gridcell"
                  tabIndex={cell.day === stop ? 0 : -1}
                  aria-label={`${cell.day}: ${sayCell(cell)}`}
                  aria-selected={cell.day === chosen}
                  aria-current={cell.day === today ? "date" : undefined}
                  className={styles.day}
                  data-day={cell.day}
                  data-card={cell.day}
                  transform={`translate(${left(cell.week)} ${top(cell.week) + TOP_PX + cell.weekday * STEP_PX})`}
                  onClick={() => {
                    setFocused(cell.day);
                    onChoose(cell.day === chosen ? undefined : cell.day);
                  }}
                >
                  <Mark step={cell.step} corner={cell.corner} edge={cell.edge} isPlanned={cell.isPlanned && cell.data === null} />
                </g>
              ))}
            </g>
          ))}
        </svg>
      )}
    </div>
  );
}

/** Where a key leads from a day: Shift and an arrow, to the next failure. */
function toGo(cells: readonly Cell[], from: string, event: KeyboardEvent): string | undefined {
  if (event.key === "Home") return cells[0]?.day;
  if (event.key === "End") return cells.at(-1)?.day;
  const by = STEPS[event.key];
  if (by === undefined) return undefined;
  return event.shiftKey ? (nextBad(cells, from, by > 0 ? 1 : -1)?.day ?? from) : dayPlus(from, by);
}

type MarkProps = Pick<Cell, "step" | "corner" | "edge"> & { readonly isPlanned: boolean };

const CORNERS = [0, 5, 8, 12];

/** A day: how much of it in five steps, what failed as a red corner. */
function Mark({ step, corner, edge, isPlanned }: MarkProps) {
  const size = CORNERS[corner] ?? 0;
  return (
    <g className={styles.mark} data-step={step} data-edge={edge ?? undefined}>
      <rect x={0.5} y={0.5} width={CELL_PX - 1} height={CELL_PX - 1} rx={2} />
      {size > 0 && <path d={`M${CELL_PX - size} 0h${size - 2}a2 2 0 0 1 2 2v${size - 2}z`} />}
      {isPlanned && <circle cx={CELL_PX / 2} cy={CELL_PX / 2} r={1.5} />}
    </g>
  );
}

function Legend({ mode }: { readonly mode: Mode }) {
  return (
    <ul className={styles.legend}>
      <li>
        {mode === "median" ? "shorter" : "fewer"}
        <svg width={5 * STEP_PX - (STEP_PX - CELL_PX)} height={CELL_PX} aria-hidden="true">
          {[1, 2, 3, 4, 5].map((step) => (
            <g key={step} transform={`translate(${(step - 1) * STEP_PX} 0)`}>
              <Mark step={step} corner={0} edge={null} isPlanned={false} />
            </g>
          ))}
        </svg>
        {mode === "median" ? "longer" : mode === "count" ? "more runs" : "more completed"}
      </li>
      <Sign name="some failed" corner={2} step={2} />
      <Sign name="missed" edge="missed" />
      <Sign name="all skipped" edge="skipped" />
      <Sign name="planned" isPlanned />
    </ul>
  );
}

function Sign({ name, ...mark }: Partial<MarkProps> & { readonly name: string }) {
  return (
    <li>
      <svg width={CELL_PX} height={CELL_PX} aria-hidden="true">
        <Mark step={0} corner={0} edge={null} isPlanned={false} {...mark} />
      </svg>
      {name}
    </li>
  );
}

function sayCell(cell: Cell): string {
  if (!cell.data) return cell.isPlanned ? "planned" : "nothing";
  return sayDay(cell.data);
}

/** "5 runs, 4 of 5 completed, 1 failed, median 1.2 s". */
function sayDay(day: Day): string {
  const runs = runsOf(day);
  const parts = [
    runs > 0 && `${plural(runs, "run")}, ${formatShare(day.completed, runs)} completed`,
    day.failed > 0 && `${formatCount(day.failed)} failed`,
    day.interrupted > 0 && `${formatCount(day.interrupted)} interrupted`,
    day.cancelled > 0 && `${formatCount(day.cancelled)} cancelled`,
    day.skipped > 0 && `${formatCount(day.skipped)} skipped`,
    day.missed > 0 && `${formatCount(day.missed)} missed`,
    day.median_ms !== null && `median ${formatDuration(day.median_ms)}`,
  ];
  return parts.filter((part) => part !== false).join(", ");
}

function sayYear(days: readonly Day[]): string {
  const totals = totalsOf(days);
  const missed = totals.missed === 0 ? "" : ` ${plural(totals.missed, "due time")} missed.`;
  if (totals.runs === 0) return `Nothing ran in the last year.${missed}`;
  return `${plural(totals.runs, "run")} on ${plural(totals.days, "day")} of the last year, ${formatShare(totals.completed, totals.runs)} completed.${missed}`;
}

function tableOf(days: readonly Day[], zone: string): TableOf {
  return {
    columns: [`Day (${zoneName(zone)})`, "Completed", "Failed", "Interrupted", "Cancelled", "Skipped", "Missed", "Median"],
    rows: days.toReversed().map((day) => [day.day, day.completed, day.failed, day.interrupted, day.cancelled, day.skipped, day.missed, day.median_ms === null ? "" : formatDuration(day.median_ms)]),
  };
}
