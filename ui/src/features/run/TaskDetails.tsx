import { Link } from "@tanstack/react-router";

import type { Attempt, PlanView, Run, TaskRun } from "@/api/schema";
import { endOf, sayReason } from "@/components/log/words";
import { StatusText } from "@/components/Status";
import { Duration, Time } from "@/components/Time";
import { formatDuration, plural } from "@/lib/duration";

import styles from "./Run.module.css";

interface TaskDetailsProps {
  readonly run: Run;
  readonly task: TaskRun;
  readonly attempts: readonly Attempt[];
  readonly plan: PlanView;
  readonly onAttempt: (number: number) => void;
}

/** All about the chosen task: attempts, why it was skipped, what it was given and what it gave. */
export function TaskDetails({ run, task, attempts, plan, onAttempt }: TaskDetailsProps) {
  const defined = plan.tasks.find((each) => each.id === task.task_id);
  const names = plan.environment[task.task_id] ?? [];
  return (
    <section className={styles.details} aria-labelledby="details">
      <h2 id="details">
        <StatusText status={task.status}>
          {task.task_id}, {task.status}
        </StatusText>
      </h2>
      {task.reason !== null && <p>{sayReason(task.status, task.reason)}</p>}
      {task.reused_from !== null && (
        <p>
          Not run again: it has completed in run{" "}
          <Link to="/runs/$runId" params={{ runId: task.reused_from }} search={{ task: task.task_id }} className="mono">
            {task.reused_from.slice(-8)}
          </Link>
          , and this is its output.
        </p>
      )}
      {attempts.length > 0 && <Attempts attempts={attempts} onAttempt={onAttempt} />}
      <div className={styles.columns}>
        <Pairs title="Task" pairs={defined ? definedPairs(defined) : []} empty="" />
        <Pairs title="Parameters" pairs={Object.entries(run.params)} empty="No parameters." />
        <Pairs title="Outputs" pairs={Object.entries(task.outputs ?? {})} empty="No outputs." />
        <div>
          <h3>Environment</h3>
          {names.length === 0 ? <p className="muted">Nothing of its own.</p> : <p className="mono">{names.join(" ")}</p>}
        </div>
      </div>
    </section>
  );
}

function definedPairs(task: PlanView["tasks"][number]): [string, unknown][] {
  const pairs: [string, unknown][] = [
    ["Depends on", task.depends_on.length > 0 ? task.depends_on.join(", ") : "nothing"],
    ["Condition", task.condition.replaceAll("_", " ")],
    ["Timeout", task.timeout_ms === null ? "none" : formatDuration(task.timeout_ms)],
    [task.type === "script" ? "Script" : "Command", task.script ?? [task.command, ...task.args].join(" ")],
  ];
  return task.allow_failure ? [...pairs, ["May fail", "yes"]] : pairs;
}

function Pairs({ title, pairs, empty }: { readonly title: string; readonly pairs: readonly (readonly [string, unknown])[]; readonly empty: string }) {
  return (
    <div>
      <h3>{title}</h3>
      {pairs.length === 0 ? (
        <p className="muted">{empty}</p>
      ) : (
        <dl className={styles.pairs}>
          {pairs.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd className="mono">
                <Value text={typeof value === "string" ? value : JSON.stringify(value)} />
              </dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}

const MOST_LINES = 8;

/** A value; of a long one its beginning, and the whole where it is asked for. */
function Value({ text }: { readonly text: string }) {
  const lines = text.trimEnd().split("\n");
  if (lines.length <= MOST_LINES) return text;
  return (
    <details>
      <summary>
        {lines[0]} … <span className="muted">{plural(lines.length, "line")}</span>
      </summary>
      {text}
    </details>
  );
}

function Attempts({ attempts, onAttempt }: { readonly attempts: readonly Attempt[]; readonly onAttempt: (number: number) => void }) {
  return (
    <div className={styles.scroll}>
      <table className={styles.table}>
        <caption className="visually-hidden">Attempts</caption>
        <thead>
          <tr>
            <th scope="col">Attempt</th>
            <th scope="col">Started</th>
            <th scope="col" className="num">
              Took
            </th>
            <th scope="col">How it ended</th>
            <th scope="col">Where</th>
          </tr>
        </thead>
        <tbody>
          {[...attempts].reverse().map((attempt) => (
            <tr key={attempt.number}>
              <td>
                <button type="button" className={styles.link} onClick={() => onAttempt(attempt.number)}>
                  <StatusText status={attempt.status}>
                    {attempt.number} {attempt.status}
                  </StatusText>
                </button>
              </td>
              <td>{attempt.started_at === null ? "–" : <Time at={attempt.started_at} />}</td>
              <td className="num">{attempt.duration_ms === null ? "–" : <Duration ms={attempt.duration_ms} />}</td>
              <td>{endOf(attempt) ?? "runs"}</td>
              <td className="muted">
                {attempt.executor}
                {attempt.pid !== null && `, pid ${attempt.pid}`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
