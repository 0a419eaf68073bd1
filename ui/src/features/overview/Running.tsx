import type { UseQueryResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";

import type { JobSummary, Run, RunsPage } from "@/api/schema";
import { Panel } from "@/components/Panel";
import { StatusMark } from "@/components/Status";
import { useNow } from "@/lib/clock";
import { formatDuration, plural } from "@/lib/duration";

import styles from "./Overview.module.css";

interface RunningProps {
  readonly query: UseQueryResult<RunsPage>;
  readonly jobs: readonly JobSummary[] | undefined;
}

/** What runs now, against what it usually takes. */
export function Running({ query, jobs }: RunningProps) {
  const usual = useMemo(() => new Map(jobs?.map((job) => [job.id, job.median_ms])), [jobs]);
  return (
    <Panel
      title="Running"
      aside={query.data && query.data.runs.length > 0 ? `${query.data.runs.length}${query.data.next_cursor == null ? "" : "+"}` : undefined}
      query={query}
      what="what runs"
      isFlush
      empty={(page) => (page.runs.length === 0 ? <p className={styles.nothing}>Nothing runs right now.</p> : null)}
    >
      {(page) => (
        <ul className={styles.rows}>
          {page.runs.map((run) => (
            <Row key={run.id} run={run} usual={usual.get(run.job_id) ?? null} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Row({ run, usual }: { readonly run: Run; readonly usual: number | null }) {
  const now = useNow(1_000);
  const since = run.started_at;
  const took = since === null ? null : Math.max(0, Math.floor((now - since) / 1_000) * 1_000);
  const share = took === null || usual === null || usual === 0 ? null : Math.min(1, took / usual);
  const isLate = took !== null && usual !== null && took > usual * 1.5 && took - usual > 5_000;
  return (
    <li className={styles.running}>
      <StatusMark status={run.status} size={16} />
      <div className={styles.what}>
        <p>
          <Link to="/runs/$runId" params={{ runId: run.id }} className={styles.job}>
            {run.job_id}
          </Link>{" "}
          <span className="muted">
            {took === null ? "waits for a slot" : formatDuration(took)}
            {usual !== null && took !== null && `, usually ${formatDuration(usual)}`}
            {isLate && <strong className={styles.late}> longer than usual</strong>}
          </span>
        </p>
        <div
          className={styles.bar}
          data-unknown={share === null || undefined}
          data-late={isLate || undefined}
          role="progressbar"
          aria-label={`${run.job_id}, of its usual time`}
          aria-valuenow={share === null ? undefined : Math.round(share * 100)}
          aria-valuetext={share === null ? "unknown" : plural(Math.round(share * 100), "per cent", "per cent")}
        >
          <span style={{ width: `${share === null ? 100 : Math.max(2, share * 100)}%` }} />
        </div>
      </div>
    </li>
  );
}
