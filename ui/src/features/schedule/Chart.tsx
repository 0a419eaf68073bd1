import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef } from "react";

import { useOpen } from "@/components/open";
import { useZone } from "@/components/Zone";
import { formatClock, formatDayHead, offsetOf, partsOf, zoneName } from "@/lib/time";
import { useWidth } from "@/lib/width";

import styles from "./Chart.module.css";
import { RowHead, RowTrack } from "./Row";
import { areaPath, byPixel, peakOf, ticksOf, toX, type Row, type Scale, type Step } from "./timeline";

const ROW_PX = 32;
const LOAD_PX = 48;

export interface Limit {
  readonly name: string;
  readonly limit: number;
}

export interface ChartProps {
  readonly rows: readonly Row[];
  readonly load: readonly Step[];
  readonly limits: readonly Limit[];
  readonly from: number;
  readonly to: number;
  readonly now: number;
  /** What stands before each job's row, where the rows are grouped: the first of each group has its head. */
  readonly heads: ReadonlyMap<string, string>;
}

/** All jobs on one axis of time: what ran, what did not, what is to come. */
export function Chart({ rows, load, limits, from, to, now, heads }: ChartProps) {
  const zone = useZone();
  const [trackRef, width] = useWidth();
  const scale: Scale = useMemo(() => ({ from, to, width: Math.max(width, 1) }), [from, to, width]);
  const ticks = useMemo(() => ticksOf(scale, (at) => offsetOf(at, zone)), [scale, zone]);
  const box = useRef<HTMLDivElement>(null);
  useOpen(box);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: (place) => (heads.has(rows[place]?.jobId ?? "") ? ROW_PX * 2 : ROW_PX),
    getItemKey: (place) => rows[place]?.jobId ?? place,
    overscan: 8,
  });
  return (
    <div className={styles.chart} ref={box} role="group" aria-label="Jobs over time">
      <div className={styles.top}>
        <div className={styles.corner}>
          <span className="muted">{zoneName(zone)}</span>
        </div>
        <div className={styles.axis} ref={trackRef}>
          <Axis scale={scale} ticks={ticks} zone={zone} now={now} />
          <Load steps={load} limits={limits} scale={scale} now={now} />
        </div>
      </div>
      <div className={styles.rows} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index];
          if (!row) return null;
          const head = heads.get(row.jobId);
          return (
            <div key={item.key} className={styles.place} style={{ transform: `translateY(${item.start}px)`, height: item.size }}>
              {head !== undefined && <h3 className={styles.group}>{head}</h3>}
              <div className={styles.row}>
                <RowHead row={row} />
                <RowTrack row={row} scale={scale} ticks={ticks} now={now} />
              </div>
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface AxisProps {
  readonly scale: Scale;
  readonly ticks: readonly number[];
  readonly zone: string;
  readonly now: number;
}

function Axis({ scale, ticks, zone, now }: AxisProps) {
  const nowX = toX(scale, now);
  return (
    <div className={styles.ticks} aria-hidden="true">
      {ticks.map((at, place) => {
        const parts = partsOf(at, zone);
        const isDay = parts.hour === 0 && parts.minute === 0;
        const x = toX(scale, at);
        // A name that would stand in that of "now" gives way to it.
        if (Math.abs(x - nowX) < 40) return null;
        return (
          <span key={at} style={{ left: x }} data-day={isDay || place === 0 || undefined}>
            {isDay || place === 0 ? `${formatDayHead(at, zone, now)} ${isDay ? "" : formatClock(at, zone)}` : formatClock(at, zone)}
          </span>
        );
      })}
      {nowX >= 0 && nowX <= scale.width && (
        <span className={styles.nowName} style={{ left: nowX }}>
          {formatClock(now, zone)}
        </span>
      )}
    </div>
  );
}

interface LoadProps {
  readonly steps: readonly Step[];
  readonly limits: readonly Limit[];
  readonly scale: Scale;
  readonly now: number;
}

/** How many runs there are at a time, and the limits that they meet. What is over the lowest one is amber. */
function Load({ steps, limits, scale, now }: LoadProps) {
  const peak = peakOf(steps);
  const lowest = limits.length === 0 ? null : Math.min(...limits.map((each) => each.limit));
  const most = Math.max(1, peak?.count ?? 0, lowest !== null && lowest <= 4 * (peak?.count ?? 0) ? lowest : 0);
  const y = (count: number) => LOAD_PX - (count / most) * LOAD_PX;
  const drawn = useMemo(() => byPixel(steps, scale), [steps, scale]);
  const over = lowest === null ? [] : drawn.filter((step) => step.count > lowest);
  const nowX = toX(scale, now);
  return (
    <svg className={styles.load} width={scale.width} height={LOAD_PX + 1} role="img" aria-label={sayLoad(peak, limits)}>
      <path className={styles.area} d={areaPath(drawn, scale, LOAD_PX, most)} />
      {lowest !== null && over.length > 0 && <path className={styles.over} d={areaPath(over, scale, LOAD_PX, most)} />}
      {limits
        .filter((each) => each.limit <= most)
        .map((each) => (
          <g key={each.name}>
            <line className={styles.limit} x1={0} x2={scale.width} y1={y(each.limit)} y2={y(each.limit)} />
            <text className={styles.limitName} x={4} y={Math.max(10, y(each.limit) - 4)}>
              {each.name} {each.limit}
            </text>
          </g>
        ))}
      <line className={styles.now} x1={nowX} x2={nowX} y1={0} y2={LOAD_PX} />
    </svg>
  );
}

export function sayLoad(peak: Step | null, limits: readonly Limit[]): string {
  if (!peak) return "Nothing runs in this time.";
  const over = limits.filter((each) => peak.count > each.limit).map((each) => each.name);
  const words = `At most ${peak.count} ${peak.count === 1 ? "run" : "runs"} at a time`;
  return over.length === 0 ? `${words}.` : `${words}, which is over ${over.join(" and ")}: some will wait.`;
}
