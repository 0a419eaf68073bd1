import { Link } from "@tanstack/react-router";
import { useMemo } from "react";

import { useZone } from "@/components/Zone";
import { formatDuration } from "@/lib/duration";
import { plainWhy } from "@/lib/reason";
import { formatExact, formatTime } from "@/lib/time";

import styles from "./Chart.module.css";
import { layRow, toX, type Bar, type Drawn, type Mark, type Row, type Scale } from "./timeline";

const ROW_PX = 32;
const BAR_PX = 12;

export function RowHead({ row }: { readonly row: Row }) {
  return (
    <div className={styles.name}>
      <Link to="/jobs/$jobId" params={{ jobId: row.jobId }} className="cut">
        {row.jobId}
      </Link>
    </div>
  );
}

interface TrackProps {
  readonly row: Row;
  readonly scale: Scale;
  readonly ticks: readonly number[];
  readonly now: number;
}

/** One job's bars and marks. Each bar names the address that a click on it opens: see `useOpen`. */
export function RowTrack({ row, scale, ticks, now }: TrackProps) {
  const zone = useZone();
  const drawn = useMemo(() => layRow(row.bars, scale, now), [row.bars, scale, now]);
  return (
    <svg className={styles.track} width={scale.width} height={ROW_PX} role="img" aria-label={sayRow(row)}>
      {ticks.map((at) => (
        <line key={at} className={styles.grid} x1={toX(scale, at)} x2={toX(scale, at)} y1={0} y2={ROW_PX} />
      ))}
      {row.marks.map((mark) => (
        <MarkShape key={mark.key} mark={mark} x={toX(scale, mark.at)} title={sayMark(mark, zone, now)} />
      ))}
      {drawn.map((each) => (
        <BarShape key={each.key} drawn={each} title={sayDrawn(each, zone, now)} />
      ))}
      <line className={styles.now} x1={toX(scale, now)} x2={toX(scale, now)} y1={0} y2={ROW_PX} />
    </svg>
  );
}

function BarShape({ drawn, title }: { readonly drawn: Drawn; readonly title: string }) {
  const y = drawn.lane === 0 ? 6 : 19;
  const height = drawn.lane === 0 ? BAR_PX : 8;
  const count = drawn.bars.length;
  const word = drawn.lane === 1 && drawn.kind === "planned" && drawn.state === "wait" ? "will wait" : "";
  return (
    <g className={styles.bar} data-open={addressOf(drawn)} data-kind={drawn.kind} data-state={drawn.state}>
      <title>{title}</title>
      {drawn.whiskerX !== null && (
        <path className={styles.whisker} d={`M${drawn.x + drawn.width} ${y + height / 2}H${drawn.whiskerX}M${drawn.whiskerX} ${y + 2}V${y + height - 2}`} />
      )}
      <rect className={styles.shape} x={drawn.x + 0.5} y={y + 0.5} width={Math.max(2, drawn.width - 1)} height={height - 1} rx={2} />
      {count > 1 && drawn.width > 28 && (
        <text className={styles.count} x={drawn.x + drawn.width / 2} y={y + height - 2.5} textAnchor="middle">
          ×{count}
        </text>
      )}
      {word !== "" && (
        <text className={styles.word} x={drawn.x + drawn.width + 4} y={y + height - 0.5}>
          {word}
        </text>
      )}
    </g>
  );
}

/** A run; where several stand as one, the list of them; of what is to come the job. */
function addressOf(drawn: Drawn): string {
  const [first] = drawn.bars;
  const last = drawn.bars.at(-1);
  if (!first || !last) return "/schedule";
  const job = encodeURIComponent(first.jobId);
  if (drawn.bars.length === 1 && first.runId !== null) return `/runs/${first.runId}`;
  return drawn.kind === "ran" ? `/runs?job=${job}&since=${first.from}&until=${last.from + 1}` : `/jobs/${job}`;
}

/** Hollow: nothing ran. */
function MarkShape({ mark, x, title }: { readonly mark: Mark; readonly x: number; readonly title: string }) {
  return (
    <g className={styles.mark} data-fate={mark.fate} data-planned={mark.isPlanned || undefined}>
      <title>{title}</title>
      {mark.fate === "missed" ? <path d={`M${x} 7l5 9h-10z`} /> : <circle cx={x} cy={12} r={4} />}
    </g>
  );
}

function sayRow(row: Row): string {
  const ran = row.bars.filter((bar) => bar.kind !== "planned").length;
  const gaps = row.marks.filter((mark) => !mark.isPlanned).length;
  return `${row.jobId}: ${ran} ran, ${gaps} did not, ${row.bars.length - ran} to come`;
}

export function sayBar(bar: Bar, zone: string, now: number): string {
  const at = formatTime(bar.from, zone, now);
  const took = formatDuration(bar.to - bar.from);
  if (bar.kind === "running") return `${bar.jobId} runs since ${at}, for ${took}`;
  if (bar.kind === "ran") return `${bar.jobId} ${bar.state} at ${at} after ${took}`;
  const why = bar.reason === null ? "" : `: ${plainWhy({ reason: bar.reason, evidence: null }, String)}`;
  return `${bar.jobId} ${bar.state === "wait" ? "will wait" : "will run"} at ${at}, usually for ${took}${why}`;
}

export function sayMark(mark: Mark, zone: string, now: number): string {
  const word = mark.isPlanned ? "will be skipped" : mark.fate;
  return `${mark.jobId} ${word} at ${formatTime(mark.at, zone, now)}: ${plainWhy({ reason: mark.reason, evidence: null }, String)}`;
}

function sayDrawn(drawn: Drawn, zone: string, now: number): string {
  const [first] = drawn.bars;
  const last = drawn.bars.at(-1);
  if (!first || !last) return "";
  if (drawn.bars.length === 1) return `${sayBar(first, zone, now)}\n${formatExact(first.from, zone)}`;
  const bad = drawn.bars.filter((bar) => bar.state === "failed" || bar.state === "interrupted").length;
  const words = drawn.kind === "planned" ? "to come" : "ran";
  const failed = bad === 0 ? "" : `, ${bad} failed`;
  return `${first.jobId}: ${drawn.bars.length} ${words} from ${formatTime(first.from, zone, now)} to ${formatTime(last.from, zone, now)}${failed}`;
}
