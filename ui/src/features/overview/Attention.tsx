import type { UseQueryResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import type { AttentionItem, AttentionList } from "@/api/schema";
import { JobMenu } from "@/components/trigger/JobMenu";
import { Panel } from "@/components/Panel";
import { StatusMark, StatusText } from "@/components/Status";
import { Time } from "@/components/Time";
import { Why } from "@/components/Why";
import { plural } from "@/lib/duration";
import type { Status } from "@/lib/status";

import { failingLine, sayEpisode } from "./episode";
import styles from "./Overview.module.css";

/** One row for each job whose last run did not do it, and for what was missed: with the line that says why. */
export function Attention({ query }: { readonly query: UseQueryResult<AttentionList> }) {
  const count = query.data?.total ?? 0;
  return (
    <Panel
      title="Needs attention"
      aside={count > 0 ? plural(count, "job") : undefined}
      query={query}
      what="what needs attention"
      isFlush
      empty={(list) => (list.attention.length === 0 ? <AllWell list={list} /> : null)}
    >
      {(list) => (
        <>
          <ul className={styles.rows}>
            {list.attention.map((item) => (
              <Row key={`${item.job_id} ${item.kind}`} item={item} />
            ))}
          </ul>
          <Recovered list={list} />
        </>
      )}
    </Panel>
  );
}

function Row({ item }: { readonly item: AttentionItem }) {
  return (
    <li className={styles.attention}>
      <StatusMark status={statusOf(item)} size={16} />
      <div className={styles.what}>
        <p>
          <Link to="/jobs/$jobId" params={{ jobId: item.job_id }} className={styles.job}>
            {item.job_id}
          </Link>{" "}
          <span className="muted">
            {sayEpisode(item)} <Time at={item.since} />
            {item.task_id !== null && (
              <>
                {" "}
                in <span className="mono">{item.task_id}</span>
              </>
            )}
            {item.missed && (
              <>
                : <Why reason={item.missed.reason} evidence={item.missed.evidence} />
              </>
            )}
          </span>
        </p>
        {item.run && (
          <Link to="/runs/$runId" params={{ runId: item.run.id }} search={failingLine(item)} className={styles.line}>
            <span className="visually-hidden">Open the failing line: </span>
            <span className="mono cut">{item.error_line ?? item.run.error ?? "no output"}</span>
          </Link>
        )}
      </div>
      <JobMenu jobId={item.job_id} runId={item.run?.id} />
    </li>
  );
}

function statusOf(item: AttentionItem): Status {
  if (item.kind === "missed") return "missed";
  return item.run?.status === "interrupted" ? "interrupted" : "failed";
}

function AllWell({ list }: { readonly list: AttentionList }) {
  return (
    <div className={styles.well}>
      <StatusText status="completed">Nothing needs you.</StatusText>
      <Recovered list={list} />
    </div>
  );
}

/** Those that failed and completed again within a day, in one line. */
function Recovered({ list }: { readonly list: AttentionList }) {
  if (list.recovered.length === 0) return null;
  return (
    <details className={styles.recovered}>
      <summary>{plural(list.recovered.length, "job")} recovered in the last 24 h</summary>
      <ul>
        {list.recovered.map((item) => (
          <li key={item.job_id}>
            <Link to="/jobs/$jobId" params={{ jobId: item.job_id }}>
              {item.job_id}
            </Link>{" "}
            <span className="muted">
              after {plural(item.failures, "failure")} since <Time at={item.since} />, at{" "}
              <Link to="/runs/$runId" params={{ runId: item.run_id }}>
                <Time at={item.recovered_at} />
              </Link>
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
