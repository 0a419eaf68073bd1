import { useQuery } from "@tanstack/react-query";
import { useMemo, useState, type KeyboardEvent } from "react";

import { Answer } from "@/components/Answer";
import { ChoiceChip } from "@/components/Chips";
import { HoverCards } from "@/components/HoverCard";
import { Picture } from "@/components/Picture";
import { useZone } from "@/components/Zone";
import { formatCount, formatDuration, formatShare, plural } from "@/lib/duration";

import { daysQuery, type Day } from "./data";
import styles from "./Year.module.css";
import { cellsOf, dayPlus, firstDay, monthsOf, runsOf, totalsOf, weekStartOf, type Cell, type Mode } from "./year";

const CELL_PX = 12;
const STEP_PX = 15;
const LEFT_PX = 30;
const TOP_PX = 18;
const WEEKS = 53;
const MODES: readonly { readonly value: Mode; readonly name: string }[] = [
  { value: "result", name: "runs completed" },
  { value: "count", name: "all runs" },
  { value: "median", name: "median duration" },
];
const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

interface YearProps {
  readonly jobId: string;
  readonly today: string;
  readonly planned: ReadonlySet<string>;
  readonly chosen: string | null;
  readonly onChoose: (day: string | null) => void;
}

/** A year, a cell a day: the more ran the stronger, a red corner for what failed, hollow for what was missed. */
export function Year({ jobId, today, planned, chosen, onChoose }: YearProps) {
  const zone = useZone();
  const weekStart = weekStartOf(navigator.language);
  const first = firstDay(today, weekStart);
  const days = useQuery(daysQuery(jobId, zone, first, today));
  const [mode, setMode] = useState<Mode>("result");
  const [focused, setFocused] = useState(today);
  // The week that is not over shows its coming days, too.
  const last = dayPlus(first, WEEKS * 7 - 1);
  const cells = useMemo(() => cellsOf(days.data?.days ?? [], first, last, mode, planned), [days.data, first, last, mode, planned]);
  const move = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowLeft: -7, ArrowRight: 7, ArrowUp: -1, ArrowDown: 1 };
    const by = steps[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const next = dayPlus(focused, by);
    if (next < first || next > last) return;
    setFocused(next);
    event.currentTarget.querySelector<SVGElement>(`[data-day="${next}"]`)?.focus();
  };
  return (
    <Answer query={days} what="the days">
      {(list) => (
        <Picture
          name="The last year, day by day"
          summary={sayYear(list.days)}
          table={() => ({
            columns: ["Day", "Completed", "Failed", "Cancelled", "Skipped", "Missed", "Median"],
            rows: list.days.toReversed().map((day) => [day.day, day.completed, day.failed + day.interrupted, day.cancelled, day.skipped, day.missed, day.median_ms === null ? "" : formatDuration(day.median_ms)]),
          })}
          controls={<ChoiceChip label="Colour" choices={MODES} value={mode} onChange={(next) => setMode(next ?? "result")} />}
        >
          <HoverCards card={(day) => <DayCard day={day} data={list.days.find((each) => each.day === day)} isPlanned={planned.has(day)} />} className={styles.scroll}>
            <svg className={styles.year} width={LEFT_PX + WEEKS * STEP_PX} height={TOP_PX + 7 * STEP_PX} role="grid" aria-label="Days" onKeyDown={move} tabIndex={-1}>
              <g aria-hidden="true" className={styles.words}>
                {monthsOf(first, WEEKS).map((month) => (
                  <text key={`${month.name} ${month.week}`} x={LEFT_PX + month.week * STEP_PX} y={11}>
                    {month.name}
                  </text>
                ))}
                {[0, 2, 4].map((row) => (
                  <text key={row} x={0} y={TOP_PX + row * STEP_PX + 10}>
                    {WEEKDAYS[(weekStart + row) % 7]}
                  </text>
                ))}
              </g>
              {cells.map((cell) => (
                <DayShape key={cell.day} cell={cell} isToday={cell.day === today} isFocusable={cell.day === focused} isChosen={cell.day === chosen} onChoose={() => onChoose(cell.day === chosen ? null : cell.day)} />
              ))}
            </svg>
          </HoverCards>
          <Legend mode={mode} />
        </Picture>
      )}
    </Answer>
  );
}

interface DayShapeProps {
  readonly cell: Cell;
  readonly isToday: boolean;
  readonly isFocusable: boolean;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

const CORNERS = [0, 5, 8, 12];

function DayShape({ cell, isToday, isFocusable, isChosen, onChoose }: DayShapeProps) {
  const corner = CORNERS[cell.corner] ?? 0;
  const isHollow = cell.isMissed && cell.step === 0 && corner === 0;
  return (
    <g
      role="gridcell"
      tabIndex={isFocusable ? 0 : -1}
      aria-label={`${cell.day}: ${cell.data ? sayDay(cell.data) : cell.isPlanned ? "planned" : "nothing"}`}
      aria-selected={isChosen}
      className={styles.day}
      data-day={cell.day}
      data-card={cell.day}
      data-step={cell.step}
      data-hollow={isHollow || undefined}
      data-today={isToday || undefined}
      transform={`translate(${LEFT_PX + cell.week * STEP_PX} ${TOP_PX + cell.weekday * STEP_PX})`}
      onClick={onChoose}
      onKeyDown={(event) => {
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          onChoose();
        }
      }}
    >
      <rect x={0.5} y={0.5} width={CELL_PX - 1} height={CELL_PX - 1} rx={2} />
      {corner > 0 && <path className={styles.corner} d={`M${CELL_PX - corner} 0h${corner}v${corner}z`} />}
      {cell.isPlanned && cell.data === null && <circle className={styles.planned} cx={CELL_PX / 2} cy={CELL_PX / 2} r={1.5} />}
    </g>
  );
}

function DayCard({ day, data, isPlanned }: { readonly day: string; readonly data: Day | undefined; readonly isPlanned: boolean }) {
  return (
    <p>
      <strong>{day}</strong>
      <br />
      {data ? sayDay(data) : isPlanned ? "planned" : "nothing"}
    </p>
  );
}

function sayDay(day: Day): string {
  const bad = day.failed + day.interrupted;
  const parts = [
    runsOf(day) > 0 && `${plural(runsOf(day), "run")}, ${formatShare(day.completed, runsOf(day))} completed`,
    bad > 0 && `${formatCount(bad)} failed`,
    day.cancelled > 0 && `${formatCount(day.cancelled)} cancelled`,
    day.skipped > 0 && `${formatCount(day.skipped)} skipped`,
    day.missed > 0 && `${formatCount(day.missed)} missed`,
    day.median_ms !== null && `median ${formatDuration(day.median_ms)}`,
  ].filter((part) => part !== false);
  return parts.join(", ");
}

function sayYear(days: readonly Day[]): string {
  const totals = totalsOf(days);
  if (totals.runs === 0 && totals.missed === 0) return "Nothing ran in the last year.";
  const missed = totals.missed === 0 ? "" : ` ${plural(totals.missed, "due time")} missed.`;
  return `${plural(totals.runs, "run")} on ${plural(totals.days, "day")}, ${formatShare(totals.completed, totals.runs)} completed.${missed}`;
}

function Legend({ mode }: { readonly mode: Mode }) {
  return (
    <p className={styles.legend}>
      <span>{mode === "median" ? "shorter" : "fewer"}</span>
      <svg width={5 * STEP_PX} height={CELL_PX} aria-hidden="true">
        {[1, 2, 3, 4, 5].map((step) => (
          <g key={step} className={styles.day} data-step={step} transform={`translate(${(step - 1) * STEP_PX} 0)`}>
            <rect x={0.5} y={0.5} width={CELL_PX - 1} height={CELL_PX - 1} rx={2} />
          </g>
        ))}
      </svg>
      <span>{mode === "median" ? "longer" : "more"}</span>
      <span>red corner: some failed</span>
      <span>dashed: missed</span>
      <span>dot: planned</span>
    </p>
  );
}
