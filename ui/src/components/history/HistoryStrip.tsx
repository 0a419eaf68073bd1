import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState, type KeyboardEvent, type MouseEvent } from "react";

import { useNow } from "@/lib/clock";
import { formatDuration } from "@/lib/duration";
import { plainWhy } from "@/lib/reason";
import { formatTime } from "@/lib/time";

import { useZone } from "../Zone";
import styles from "./HistoryStrip.module.css";
import { BAR_PX, HEIGHT_PX, sayStrip, SLOT_PX, slotAt, slotsOf, stepFrom, type History, type Slot } from "./strip";

const EMPTY: History = { runs: [], gaps: [], p5_ms: null, p95_ms: null };

export interface HistoryStripProps {
  readonly jobId: string;
  /** Undefined while it is not known. */
  readonly history: History | undefined;
  /** Slots; 15 on phones. */
  readonly count?: number;
}

/** A job's last runs: colour is the result, height how long it took. One target: a click opens the run under it. */
export function HistoryStrip({ jobId, history, count = 30 }: HistoryStripProps) {
  const zone = useZone();
  const navigate = useNavigate();
  const isGoing = history?.runs.some((run) => run.status === "running") === true;
  const now = useNow(isGoing ? 1_000 : 60_000);
  const slots = useMemo(() => slotsOf(history ?? EMPTY, count, now), [history, count, now]);
  const [chosen, setChosen] = useState<number | null>(null);
  const open = (at: number) => {
    const slot = slots[at];
    if (slot?.kind === "run") void navigate({ to: "/runs/$runId", params: { runId: slot.run.id } });
    else if (slot?.kind === "gap")
      void navigate({ to: "/ledger", search: { job: jobId, since: slot.gap.due_at, until: slot.gap.due_at + 1 } });
  };
  const onKey = (event: KeyboardEvent) => {
    const by = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
    if (by === 0) return;
    event.preventDefault();
    event.stopPropagation();
    setChosen(stepFrom(slots, chosen ?? (by < 0 ? count : -1), by, event.shiftKey));
  };
  // A press of Enter is a click without a place.
  const onClick = (event: MouseEvent<HTMLButtonElement>) => {
    event.stopPropagation();
    open(event.detail === 0 && chosen !== null ? chosen : slotAt(event.clientX - event.currentTarget.getBoundingClientRect().left, count));
  };
  const hovered = chosen === null ? undefined : slots[chosen];
  return (
    <button
      type="button"
      className={styles.strip}
      aria-label={`${jobId}: ${sayStrip(slots)}`}
      title={hovered ? saySlot(hovered, zone, now) : sayStrip(slots)}
      data-loading={history === undefined || undefined}
      onKeyDown={onKey}
      onClick={onClick}
      onPointerMove={(event) => setChosen(slotAt(event.clientX - event.currentTarget.getBoundingClientRect().left, count))}
      onPointerLeave={() => setChosen(null)}
      onBlur={() => setChosen(null)}
    >
      <svg width={count * SLOT_PX} height={HEIGHT_PX} aria-hidden="true">
        {slots.map((slot, at) => (
          <SlotShape key={at} slot={slot} x={at * SLOT_PX} isChosen={at === chosen} />
        ))}
      </svg>
      <span className="visually-hidden" aria-live="polite">
        {hovered && saySlot(hovered, zone, now)}
      </span>
    </button>
  );
}

function SlotShape({ slot, x, isChosen }: { readonly slot: Slot; readonly x: number; readonly isChosen: boolean }) {
  if (slot.kind === "ghost") return <rect className={styles.ghost} x={x} y={HEIGHT_PX - 4} width={BAR_PX} height={4} />;
  if (slot.kind === "gap")
    return (
      <rect
        className={styles.gap}
        data-fate={slot.gap.fate}
        data-chosen={isChosen || undefined}
        x={x + 0.5}
        y={HEIGHT_PX - slot.height + 0.5}
        width={BAR_PX - 1}
        height={slot.height - 1}
      />
    );
  const { run, height, isOutlier } = slot;
  const y = HEIGHT_PX - height;
  const isHollow = run.started_at === null;
  return (
    <g className={styles.run} data-status={run.status} data-chosen={isChosen || undefined} data-hollow={isHollow || undefined}>
      <rect x={isHollow ? x + 0.5 : x} y={isHollow ? y + 0.5 : y} width={isHollow ? BAR_PX - 1 : BAR_PX} height={isHollow ? height - 1 : height} />
      {isOutlier && <path className={styles.cap} d={`M${x} 2.5h${BAR_PX}`} />}
      {run.status === "failed" && <path className={styles.notch} d={`M${x + 1} ${HEIGHT_PX}l1.5 -3 1.5 3z`} />}
    </g>
  );
}

function saySlot(slot: Slot, zone: string, now: number): string {
  if (slot.kind === "ghost") return "no run";
  if (slot.kind === "gap")
    return `${slot.gap.fate} ${formatTime(slot.gap.due_at, zone, now)}: ${plainWhy({ reason: slot.gap.reason, evidence: null }, String)}`;
  const { run } = slot;
  const took = run.duration_ms === null ? "" : ` after ${formatDuration(run.duration_ms)}`;
  return `${run.status}${took}, ${formatTime(run.started_at ?? run.created_at, zone, now)}`;
}
