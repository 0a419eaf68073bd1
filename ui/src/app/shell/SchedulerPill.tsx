import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";

import { schedulerQuery } from "@/api/queries";
import type { SchedulerState } from "@/api/schema";
import { Button } from "@/components/Button";
import { useIsOffline, useWhyNot } from "@/components/may";
import { useResume } from "@/components/PauseDialog";
import { Popover } from "@/components/Popover";
import { StatusMark } from "@/components/Status";
import { Time } from "@/components/Time";
import { formatDuration, plural } from "@/lib/duration";
import type { Status } from "@/lib/status";

import styles from "./SchedulerPill.module.css";

/** How the scheduler is, in one line; opens all of it, and pause and resume. */
export function SchedulerPill({ onPause }: { readonly onPause: () => void }) {
  const [isOpen, setOpen] = useState(false);
  const { data, error } = useQuery(schedulerQuery());
  const isOffline = useIsOffline();
  const isGone = isOffline || (error !== null && data === undefined);
  const [status, word] = isGone ? (["missed", "No answer"] as const) : pillOf(data);
  return (
    <Popover
      label="The scheduler"
      isOpen={isOpen}
      onOpenChange={setOpen}
      trigger={
        <button type="button" className={styles.pill} data-state={data?.state}>
          <StatusMark status={status} size={12} />
          <span>
            <span className="visually-hidden">Scheduler: </span>
            {word}
          </span>
          {data && !isGone && <span className={styles.more}>{moreOf(data)}</span>}
        </button>
      }
    >
      {data ? (
        <Details
          state={data}
          onLeave={() => setOpen(false)}
          onPause={() => {
            setOpen(false);
            onPause();
          }}
        />
      ) : (
        <p>The scheduler does not answer.</p>
      )}
    </Popover>
  );
}

/** The mark and the word for a state. */
export function pillOf(state: SchedulerState | undefined): readonly [Status, string] {
  if (!state) return ["pending", "…"];
  if (state.state === "paused") return ["retrying", "Paused"];
  if (state.state === "running") return ["completed", "Running"];
  return ["cancelled", state.phase === "starting" ? "Starting" : state.phase === "stopping" ? "Stopping" : "Stopped"];
}

/** `lag 3 ms · 4 of 8 slots`. */
export function moreOf(state: SchedulerState): string {
  const slots = state.max_jobs === null ? plural(state.running_runs, "run") : `${state.running_runs} of ${state.max_jobs} slots`;
  return state.lag_ms === null ? slots : `lag ${formatDuration(state.lag_ms)} · ${slots}`;
}

function Details({ state, onPause, onLeave }: {
  readonly state: SchedulerState;
  readonly onPause: () => void;
  readonly onLeave: () => void;
}) {
  const whyNot = useWhyNot("admin");
  const resume = useResume();
  const ofJobs = state.max_jobs === null ? "" : ` of ${state.max_jobs}`;
  const rows: readonly (readonly [string, ReactNode])[] = [
    ["Since", state.started_at === null ? "–" : <Time key="since" at={state.started_at} />],
    ["Lag of the last scheduled run", state.lag_ms === null ? "–" : formatDuration(state.lag_ms)],
    ["Runs", `${state.running_runs}${ofJobs} running, ${state.queued_runs} waiting`],
    ["Tasks", `${state.running_tasks} of ${state.max_tasks} running`],
    ["Jobs", String(state.jobs)],
  ];
  return (
    <div className={styles.details}>
      <h2>{pillOf(state)[1]}</h2>
      {state.pause && (
        <p>
          By {state.pause.by ?? "nobody known"} at <Time at={state.pause.since} />
          {state.pause.reason !== null && `: ${state.pause.reason}`}
          {state.pause.until !== null && (
            <>
              , until <Time at={state.pause.until} />
            </>
          )}
        </p>
      )}
      <dl>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div className={styles.foot}>
        {state.is_paused ? (
          <Button look="primary" disabledReason={whyNot} onClick={() => resume.mutate()}>
            Resume
          </Button>
        ) : (
          <Button disabledReason={whyNot} onClick={onPause}>
            Pause…
          </Button>
        )}
        <Link to="/scheduler" onClick={onLeave}>
          All about the scheduler
        </Link>
      </div>
    </div>
  );
}
