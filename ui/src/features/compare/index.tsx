import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { sayError } from "@/api/errors";
import { runQuery, tasksQuery } from "@/api/queries";
import type { Run, TaskRun } from "@/api/schema";
import { LogPanel, type LogChoice } from "@/components/log/LogPanel";
import { Page } from "@/components/Page";
import { Scroll } from "@/components/Scroll";
import { StatusText } from "@/components/Status";
import { Duration, Time } from "@/components/Time";
import { isBad } from "@/lib/status";

import { changedParams, diffOf, pairsOf, sayChange, sayDifference, shareOf, tookOf, type Pair } from "./compare";
import styles from "./Compare.module.css";
import { attemptsOfTaskQuery, sourceQuery } from "./queries";

const route = getRouteApi("/runs/$runId/compare/$otherId");

/** Two runs beside each other: what changed. */
export default function ComparePage() {
  const { runId, otherId } = route.useParams();
  const now = useQuery(runQuery(runId));
  const before = useQuery(runQuery(otherId));
  const nowTasks = useQuery(tasksQuery(runId));
  const beforeTasks = useQuery(tasksQuery(otherId));
  const failure = now.error ?? before.error ?? nowTasks.error ?? beforeTasks.error;
  if (now.data && before.data && nowTasks.data && beforeTasks.data)
    return <Compared now={now.data} before={before.data} pairs={pairsOf(nowTasks.data.tasks, beforeTasks.data.tasks)} />;
  return <Page title="Compare">{failure ? <p role="alert">Could not load the runs. {sayError(failure)}</p> : <p className="muted">Loading the runs</p>}</Page>;
}

interface ComparedProps {
  readonly now: Run;
  readonly before: Run;
  readonly pairs: readonly Pair[];
}

function Compared({ now, before, pairs }: ComparedProps) {
  const { task: wanted } = route.useSearch();
  const navigate = useNavigate({ from: "/runs/$runId/compare/$otherId" });
  const task = wanted ?? pairs.find((pair) => pair.now && isBad(pair.now.status))?.taskId ?? pairs[0]?.taskId;
  const chosen = pairs.find((pair) => pair.taskId === task);
  const params = changedParams(now, before);
  return (
    <Page title={`${now.job_id}, two runs`} tabTitle={`${now.job_id}, compared`} sub={sayDifference(now, before, pairs)}>
      <div className={styles.runs}>
        <RunFacts name="This run" run={now} isNow />
        <RunFacts name="Compared with" run={before} />
      </div>
      <section className={styles.part} aria-labelledby="tasks">
        <h2 id="tasks">Tasks, the largest change first</h2>
        <div className={styles.scroll}>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">Task</th>
                <th scope="col">This run</th>
                <th scope="col">The other</th>
                <th scope="col" className={styles.bars}>
                  Took
                </th>
                <th scope="col" className="num">
                  Change
                </th>
              </tr>
            </thead>
            <tbody>
              {pairs.map((pair) => (
                <tr key={pair.taskId}>
                  <th scope="row">
                    <button
                      type="button"
                      className={styles.choose}
                      aria-pressed={pair.taskId === task}
                      onClick={() => void navigate({ search: { task: pair.taskId }, replace: true, resetScroll: false })}
                    >
                      {pair.taskId}
                    </button>
                  </th>
                  <td>{pair.now ? <StatusText status={pair.now.status} /> : "not part of it"}</td>
                  <td>{pair.before ? <StatusText status={pair.before.status} /> : "not part of it"}</td>
                  <td>
                    <span className={styles.bar} data-now style={{ width: `${shareOf(tookOf(pair.now), pairs) * 100}%` }} />
                    <span className={styles.bar} style={{ width: `${shareOf(tookOf(pair.before), pairs) * 100}%` }} />
                  </td>
                  <td className="num">{sayChange(pair.change)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
      <section className={styles.part} aria-labelledby="params">
        <h2 id="params">Parameters</h2>
        {params.length === 0 ? (
          <p className="muted">The same in both.</p>
        ) : (
          <ul>
            {params.map((each) => (
              <li key={each.name}>
                <code>{each.name}</code>: <code>{each.now}</code>, was <code>{each.before}</code>
              </li>
            ))}
          </ul>
        )}
      </section>
      <section className={styles.part} aria-labelledby="definition">
        <h2 id="definition">Definition</h2>
        {now.definition === before.definition ? <p className="muted">The same version in both.</p> : <Difference now={now} before={before} />}
      </section>
      {chosen && (
        <section className={styles.part} aria-labelledby="logs">
          <h2 id="logs">Logs of {chosen.taskId}</h2>
          <div className={styles.logs}>
            {chosen.now && <Log key={`${now.id}/${chosen.taskId}`} task={chosen.now} />}
            {chosen.before && <Log key={`${before.id}/${chosen.taskId}`} task={chosen.before} />}
          </div>
        </section>
      )}
    </Page>
  );
}

function RunFacts({ name, run, isNow }: { readonly name: string; readonly run: Run; readonly isNow?: boolean }) {
  return (
    <div>
      <span className={styles.key} data-now={isNow || undefined} />
      <span className="muted">{name}</span>{" "}
      <Link to="/runs/$runId" params={{ runId: run.id }} className="mono">
        {run.id.slice(-8)}
      </Link>{" "}
      <StatusText status={run.status} /> <Time at={run.started_at ?? run.created_at} /> {run.duration_ms !== null && <Duration ms={run.duration_ms} />}
    </div>
  );
}

function Difference({ now, before }: { readonly now: Run; readonly before: Run }) {
  const a = useQuery(sourceQuery(before.job_id, before.definition));
  const b = useQuery(sourceQuery(now.job_id, now.definition));
  const failure = a.error ?? b.error;
  if (failure) return <p role="alert">Could not load the definitions. {sayError(failure)}</p>;
  if (!a.data || !b.data) return <p className="muted">Loading the definitions</p>;
  const lines = diffOf(a.data.source, b.data.source);
  if (!lines) return <p>They are too long to be compared here.</p>;
  return (
    <Scroll className={styles.diff} label="Difference of the definitions">
      <pre>
        {lines.map((line, index) => (
          <span key={index} data-kind={line.kind}>
            {line.kind === "added" ? "+ " : line.kind === "removed" ? "- " : "  "}
            {line.text}
          </span>
        ))}
      </pre>
    </Scroll>
  );
}

function Log({ task }: { readonly task: TaskRun }) {
  const attempts = useQuery(attemptsOfTaskQuery(task.run_id, task.task_id));
  const [choice, setChoice] = useState<LogChoice>({});
  if (attempts.error) return <p role="alert">Could not load the attempts. {sayError(attempts.error)}</p>;
  return (
    <div className={styles.log}>
      {attempts.data && <LogPanel hasKeys={false} task={task} attempts={attempts.data.attempts} choice={choice} onChoose={(patch) => setChoice((old) => ({ ...old, ...patch }))} />}
    </div>
  );
}
