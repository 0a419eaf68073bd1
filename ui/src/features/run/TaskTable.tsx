import { StatusText } from "@/components/Status";
import { Duration, Time } from "@/components/Time";

import { workOf, type GanttRow } from "./gantt";
import styles from "./Run.module.css";
import { waitsOf } from "./words";

interface TaskTableProps {
  readonly rows: readonly GanttRow[];
  readonly chosen: string | undefined;
  readonly onChoose: (taskId: string) => void;
}

/** The picture as a table. */
export function TaskTable({ rows, chosen, onChoose }: TaskTableProps) {
  return (
     
    <div className={styles.scroll} tabIndex={0} role="region" aria-label="Tasks as a table">
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Task</th>
            <th scope="col">State</th>
            <th scope="col">Started</th>
            <th scope="col" className="num">
              Ran
            </th>
            <th scope="col" className="num">
              Attempts
            </th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.task.task_id} aria-selected={row.task.task_id === chosen}>
              <th scope="row">
                <button type="button" className={styles.link} onClick={() => onChoose(row.task.task_id)}>
                  {row.task.task_id}
                </button>
              </th>
              <td>
                <StatusText status={row.task.status} />
              </td>
              <td>{row.startedAt === null ? "–" : <Time at={row.startedAt} />}</td>
              <td className="num">{row.startedAt === null ? "–" : <Duration ms={workOf(row)} />}</td>
              <td className="num">{row.task.attempts}</td>
              <td>{[row.task.error, row.task.reason, ...waitsOf(row)].filter(Boolean).join("; ")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
