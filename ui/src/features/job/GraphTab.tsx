import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";

import { tasksQuery } from "@/api/queries";
import type { JobDetail, TaskRun } from "@/api/schema";
import { Graph, type GraphTask } from "@/components/graph/Graph";
import { StatusText } from "@/components/Status";
import { Time } from "@/components/Time";
import { RunLink } from "@/components/Why";
import { formatDuration, plural } from "@/lib/duration";

import styles from "./Job.module.css";

/** Its tasks by what they depend on, with what became of them in the last run. A click opens that task's log. */
export default function GraphTab({ job }: { readonly job: JobDetail }) {
  const run = job.last_run;
  const navigate = useNavigate();
  const tasks = useQuery({ ...tasksQuery(run?.id ?? ""), enabled: run !== null });
  const ran = new Map(tasks.data?.tasks.map((task) => [task.task_id, task]));
  const open = (task: string) => {
    if (run) void navigate({ to: "/runs/$runId", params: { runId: run.id }, search: { task, view: "graph" } });
  };
  return (
    <div className={styles.stack}>
      <p className="muted">
        {plural(job.tasks.length, "task")}.{" "}
        {run ? (
          <>
            Shown with the last run, <RunLink runId={run.id} /> <StatusText status={run.status} /> <Time at={run.started_at ?? run.created_at} />.
          </>
        ) : (
          "It has not run yet."
        )}
      </p>
      <Graph tasks={job.tasks.map((task) => nodeOf(task, ran.get(task.id)))} definition={job.definition} chosen={undefined} onChoose={open} />
    </div>
  );
}

function nodeOf(task: JobDetail["tasks"][number], ran: TaskRun | undefined): GraphTask {
  return {
    id: task.id,
    depends_on: task.depends_on,
    condition: task.condition,
    status: ran?.status,
    note: ran && (ran.duration_ms === null ? ran.status : formatDuration(ran.duration_ms)),
    attempts: ran?.attempts,
  };
}
