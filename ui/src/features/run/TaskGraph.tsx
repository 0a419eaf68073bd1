import { useMemo } from "react";

import type { PlanView } from "@/api/schema";
import { Graph, type GraphTask } from "@/components/graph/Graph";
import { formatDuration } from "@/lib/duration";

import { workOf, type GanttRow } from "./gantt";

interface TaskGraphProps {
  readonly plan: PlanView;
  readonly rows: readonly GanttRow[];
  readonly chosen: string | undefined;
  readonly onChoose: (taskId: string) => void;
}

/** The tasks of a run by what they depend on, each with how it did. */
export function TaskGraph({ plan, rows, chosen, onChoose }: TaskGraphProps) {
  const tasks = useMemo(() => {
    const byId = new Map(rows.map((row) => [row.task.task_id, row]));
    return plan.tasks.map((task): GraphTask => {
      const row = byId.get(task.id);
      return {
        id: task.id,
        depends_on: task.depends_on,
        condition: task.condition,
        status: row?.task.status,
        note: row && noteOf(row),
        attempts: row?.task.attempts,
        heldBy: row?.marks.find((mark) => mark.kind === "dependency")?.on ?? undefined,
      };
    });
  }, [plan, rows]);
  return <Graph tasks={tasks} definition={plan.definition} chosen={chosen} onChoose={onChoose} />;
}

function noteOf({ task, ...row }: GanttRow): string {
  if (task.status === "skipped") return task.reason ?? task.status;
  const work = workOf({ task, ...row });
  return work > 0 ? `${task.status === "completed" ? "" : `${task.status}, `}${formatDuration(work)}` : task.status;
}
