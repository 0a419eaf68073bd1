import { useQuery } from "@tanstack/react-query";

import { sayError } from "@/api/errors";
import { schedulerQuery } from "@/api/queries";
import type { AuditView, Readiness, SchedulerState } from "@/api/schema";
import { Page } from "@/components/Page";
import { Scroll } from "@/components/Scroll";
import { StatusText } from "@/components/Status";
import { Elapsed, Time } from "@/components/Time";
import { RunLink } from "@/components/Why";
import { formatBytes, formatDuration, formatShare, plural } from "@/lib/duration";

import { auditQuery, readyQuery } from "./data";
import styles from "./Scheduler.module.css";

/** Is Petit well? Its checks, limits and who holds them, storage, and who changed what. */
export default function SchedulerPage() {
  const state = useQuery(schedulerQuery());
  const ready = useQuery(readyQuery());
  const audit = useQuery(auditQuery());
  const bad = Object.values(ready.data?.checks ?? {}).filter((check) => !check.ok).length;
  return (
    <Page title="Scheduler" state={bad > 0 ? "failed" : undefined} lead={state.data && <Phase state={state.data} />}>
      {state.error && <p role="alert">Could not load the state. {sayError(state.error)}</p>}
      <div className={styles.columns}>
        <section aria-labelledby="checks">
          <h2 id="checks">Checks</h2>
          {ready.error ? <p role="alert">{sayError(ready.error)}</p> : <Checks checks={ready.data?.checks ?? {}} />}
        </section>
        {state.data && <Figures state={state.data} />}
        {state.data && <Limits state={state.data} />}
        {state.data && state.data.problems.length > 0 && <Problems state={state.data} />}
      </div>
      {audit.data && <Audit calls={audit.data} />}
    </Page>
  );
}

function Phase({ state }: { readonly state: SchedulerState }) {
  if (state.is_paused) return <StatusText status="retrying">paused</StatusText>;
  return <StatusText status={state.is_running ? "completed" : "interrupted"}>{state.phase}</StatusText>;
}

function Checks({ checks }: { readonly checks: Readiness["checks"] }) {
  return (
    <ul className={styles.checks}>
      {Object.entries(checks).map(([name, check]) => (
        <li key={name}>
          <StatusText status={check.ok ? "completed" : "failed"}>{name}</StatusText>
          <span className="muted">{check.ok ? "well" : check.detail}</span>
        </li>
      ))}
    </ul>
  );
}

function Figures({ state }: { readonly state: SchedulerState }) {
  const rows: (readonly [string, React.ReactNode])[] = [
    ["Version", state.version],
    ["Since", state.started_at === null ? "not started" : <Since key="since" at={state.started_at} />],
    ["Jobs", state.jobs],
    ["Runs", `${state.running_runs} running, ${state.queued_runs} waiting`],
    ["Tasks", plural(state.running_tasks, "task") + " running"],
    ["Lag", state.lag_ms === null ? "no scheduled run yet" : `${formatDuration(state.lag_ms)} at the last scheduled run`],
  ];
  const { last_day, storage } = state;
  const share = last_day.runs === 0 ? "" : `, ${formatShare(last_day.runs - last_day.failed, last_day.runs)} without failure`;
  rows.push(["Last 24 h", `${plural(last_day.runs, "run")}${share}`]);
  rows.push(["Zone", state.timezone]);
  const size = storage.size_bytes === null ? "" : `, ${formatBytes(storage.size_bytes)}`;
  rows.push(["Storage", `${storage.kind}${storage.path === null ? "" : ` ${storage.path}`}${size}`]);
  if (state.disk) rows.push(["Disk", `${formatBytes(state.disk.free_bytes)} of ${formatBytes(state.disk.total_bytes)} free`]);
  for (const each of state.executors) rows.push([`Executor ${each.name}`, plural(each.running, "task") + " running"]);
  return (
    <section aria-labelledby="figures">
      <h2 id="figures">State</h2>
      <dl className={styles.figures}>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Since({ at }: { readonly at: number }) {
  return (
    <>
      <Time at={at} />, for <Elapsed since={at} />
    </>
  );
}

function Limits({ state }: { readonly state: SchedulerState }) {
  return (
    <section aria-labelledby="limits">
      <h2 id="limits">Limits</h2>
      <ul className={styles.limits}>
        {state.limits.map((each) => (
          <li key={each.name}>
            <span className="mono">{each.name}</span>
            <span>{each.limit === null ? `${each.used} used, no limit` : `${each.used} of ${each.limit} used`}</span>
            {each.limit !== null && <meter min={0} max={each.limit} value={each.used} aria-label={each.name} />}
            {each.holders.length > 0 && (
              <span className={styles.holders}>
                held by{" "}
                {each.holders.slice(0, 8).map((runId) => (
                  <RunLink key={runId} runId={runId} />
                ))}
                {each.holders.length > 8 && ` and ${each.holders.length - 8} more`}
              </span>
            )}
          </li>
        ))}
      </ul>
      <p className="muted">A run has at most {plural(state.max_tasks, "task")} at a time, unless its job says otherwise.</p>
    </section>
  );
}

function Problems({ state }: { readonly state: SchedulerState }) {
  return (
    <section aria-labelledby="problems">
      <h2 id="problems">Job files with errors</h2>
      {state.problems.map((problem) => (
        <Scroll key={`${problem.file}:${problem.line}:${problem.column}:${problem.message}`} className={styles.problem} label={`What is wrong in ${problem.file}`}>
          <pre>{problem.text}</pre>
        </Scroll>
      ))}
    </section>
  );
}

function Audit({ calls }: { readonly calls: readonly AuditView[] }) {
  return (
    <section aria-labelledby="audit">
      <h2 id="audit">Who changed what</h2>
      {calls.length === 0 ? (
        <p className="muted">Nobody has changed anything yet.</p>
      ) : (
        <Scroll className={styles.scroll} label="Table of changes">
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col">Who</th>
                <th scope="col">From</th>
                <th scope="col">What</th>
                <th scope="col">Answer</th>
                <th scope="col">Run</th>
              </tr>
            </thead>
            <tbody>
              {calls.map((call) => (
                <tr key={call.number}>
                  <td>
                    <Time at={call.at} />
                  </td>
                  <td>{call.caller}</td>
                  <td>{call.address}</td>
                  <td className="mono">
                    {call.method} {call.path}
                  </td>
                  <td>{call.status}</td>
                  <td>{call.run_id !== null && <RunLink runId={call.run_id} />}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </section>
  );
}
