import { Link } from "@tanstack/react-router";

import type { Run } from "@/api/schema";
import { Duration, Elapsed, Time } from "@/components/Time";
import { formatDuration } from "@/lib/duration";

import type { Held } from "./held";
import styles from "./Run.module.css";

/** The facts of a run in one line. */
export function Facts({ run, held }: { readonly run: Run; readonly held: Held | null }) {
  return (
    <dl className={styles.facts}>
      <Fact name="Trigger">
        {TRIGGERS[run.trigger]}
        {run.rerun_of !== null && (
          <>
            {" of "}
            <Link to="/runs/$runId" params={{ runId: run.rerun_of }} className="mono">
              {run.rerun_of.slice(-8)}
            </Link>
          </>
        )}
        {run.caller !== null && run.trigger !== "schedule" && `, ${run.caller}`}
      </Fact>
      {run.scheduled_for !== null && (
        <Fact name="Due">
          <Time at={run.scheduled_for} />
          {run.lag_ms !== null && run.lag_ms >= 1_000 && `, ${formatDuration(run.lag_ms)} late`}
          {run.catchup && ", made up"}
        </Fact>
      )}
      <Fact name={run.started_at === null ? "Queued" : "Started"}>
        <Time at={run.started_at ?? run.created_at} />
      </Fact>
      <Fact name={run.started_at === null && run.ended_at === null ? "Waits" : "Took"}>
        {run.duration_ms !== null ? <Duration ms={run.duration_ms} /> : run.ended_at === null ? <Elapsed since={run.started_at ?? run.created_at} /> : "–"}
      </Fact>
      {held?.holders[0] !== undefined && (
        <Fact name="Held by">
          <Link to="/runs/$runId" params={{ runId: held.holders[0] }} className="mono">
            {held.holders[0].slice(-8)}
          </Link>
          {held.holders.length > 1 && ` and ${held.holders.length - 1} more`}
        </Fact>
      )}
      {run.reason !== null && <Fact name="Reason">{run.reason}</Fact>}
      <Fact name="Run">
        <span className="mono">{run.id}</span>
      </Fact>
    </dl>
  );
}

const TRIGGERS: Record<Run["trigger"], string> = {
  schedule: "by schedule",
  manual: "by hand",
  upstream: "by another job",
  backfill: "backfill",
  rerun: "rerun",
};

function Fact({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
