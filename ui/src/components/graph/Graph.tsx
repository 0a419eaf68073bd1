import { lazy, Suspense, useState } from "react";

import { Button } from "@/components/Button";
import { StatusMark } from "@/components/Status";
import { plural } from "@/lib/duration";
import type { Status } from "@/lib/status";

import styles from "./Graph.module.css";

/** A task of a graph, and how it is in the run that is shown. */
export interface GraphTask {
  readonly id: string;
  readonly depends_on: readonly string[];
  readonly condition: string;
  /** None: no run is shown. */
  readonly status?: Status | undefined;
  /** State word or duration. */
  readonly note?: string | undefined;
  readonly attempts?: number | undefined;
  /** The dependency that it waited for. */
  readonly heldBy?: string | undefined;
}

export interface GraphProps {
  readonly tasks: readonly GraphTask[];
  /** Hash of the definition: the same has the same layout. */
  readonly definition: string;
  readonly chosen: string | undefined;
  readonly onChoose: (taskId: string) => void;
}

const Drawn = lazy(() => import("./Drawn"));
const MOST_DRAWN = 300;

/** The tasks of a job by what they depend on; a list, where there are so many that a drawing says nothing. */
export function Graph(props: GraphProps) {
  const [isForced, setForced] = useState(false);
  if (props.tasks.length <= MOST_DRAWN || isForced)
    return (
      <Suspense fallback={<div className={styles.frame} aria-busy="true" />}>
        <Drawn {...props} />
      </Suspense>
    );
  return (
    <div className={styles.listed}>
      <p className={styles.many}>
        {plural(props.tasks.length, "task")}: too many to be seen at once. <Button onClick={() => setForced(true)}>Draw anyway</Button>
      </p>
      <TaskList {...props} />
    </div>
  );
}

/** The graph in words. */
export function TaskList({ tasks, chosen, onChoose }: GraphProps) {
  return (
    <ul className={styles.list}>
      {tasks.map((task) => (
        <li key={task.id}>
          <button type="button" aria-pressed={task.id === chosen} onClick={() => onChoose(task.id)}>
            {task.status && <StatusMark status={task.status} size={12} />}
            <span>{task.id}</span>
            <span className="muted">
              {task.note} {task.depends_on.length > 0 && `after ${task.depends_on.join(", ")}`}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
