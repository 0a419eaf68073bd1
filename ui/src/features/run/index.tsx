import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";

import { isNotFound, sayError } from "@/api/errors";
import { jobQuery, runQuery, runsQuery, schedulerQuery, tasksQuery } from "@/api/queries";
import type { PlanView, Run, TaskRun } from "@/api/schema";
import { useActions } from "@/components/Actions";
import { Button } from "@/components/Button";
import { Confirm } from "@/components/Confirm";
import { LogPanel } from "@/components/log/LogPanel";
import { useWhyNot } from "@/components/may";
import { Page } from "@/components/Page";
import { StatusText } from "@/components/Status";
import { now as serverNow, useNow } from "@/lib/clock";
import { formatDuration, plural } from "@/lib/duration";
import { defined } from "@/lib/search";
import { isBad, isOver } from "@/lib/status";

import { cancel, rerun, type From } from "./actions";
import { Gantt } from "./Gantt";
import { rowsOf, type Order } from "./gantt";
import { Facts } from "./Header";
import { Missing } from "./Missing";
import { heldBy } from "./held";
import { lastGood, newerRun, olderRun } from "./neighbours";
import { attemptsQuery, planQuery, type AttemptsOfRun } from "./queries";
import styles from "./Run.module.css";
import { Sentence } from "./Sentence";
import { TaskGraph } from "./TaskGraph";
import { TaskDetails } from "./TaskDetails";
import { TaskTable } from "./TaskTable";
import { taskToShow, verdict } from "./verdict";

const route = getRouteApi("/runs/$runId");

/** One run: what happened, and why. */
export default function RunPage() {
  const { runId } = route.useParams();
  const run = useQuery(runQuery(runId));
  const tasks = useQuery(tasksQuery(runId));
  const attempts = useQuery(attemptsQuery(runId));
  const plan = useQuery(planQuery(runId));
  const failure = run.error ?? tasks.error ?? attempts.error ?? plan.error;
  if (run.data && tasks.data && attempts.data && plan.data)
    return <Loaded key={runId} run={run.data} tasks={tasks.data.tasks} attempts={attempts.data.attempts} plan={plan.data} />;
  if (failure && isNotFound(failure)) return <Missing runId={runId} />;
  return (
    <Page title="Run" sub={<span className="mono">{runId}</span>} isWide>
      {failure ? (
        <div className={styles.problem} role="alert">
          Could not load the run. {sayError(failure)}
        </div>
      ) : (
        <div className={styles.body} aria-busy="true">
          <div className={styles.left} />
          <div className={styles.left} />
        </div>
      )}
    </Page>
  );
}

interface LoadedProps {
  readonly run: Run;
  readonly tasks: readonly TaskRun[];
  readonly attempts: AttemptsOfRun["attempts"];
  readonly plan: PlanView;
}

const ORDERS: readonly Order[] = ["topological", "start", "longest"];
const VIEWS = [
  ["gantt", "Gantt"],
  ["graph", "Graph"],
  ["list", "Table"],
] as const;

function Loaded({ run, tasks, attempts, plan }: LoadedProps) {
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/runs/$runId" });
  const go = useNavigate();
  const isActive = !isOver(run.status);
  const ticking = useNow(1_000);
  const now = isActive ? Math.max(ticking, serverNow()) : (run.ended_at ?? ticking);
  const [problem, setProblem] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);
  const [rerunning, setRerunning] = useState<From>();
  const { view = "gantt", order = "topological", critical: isCritical = false } = search;
  const rows = useMemo(() => rowsOf({ run, tasks, attempts, plan: plan.tasks, usualMs: plan.usual_ms, now }), [run, tasks, attempts, plan, now]);
  // What is shown without a choice stays: a later failure must not take the log away from who reads it.
  const [first] = useState(() => taskToShow(run, tasks, plan.tasks)?.task_id);
  const chosenId = search.task ?? first;
  const task = tasks.find((each) => each.task_id === chosenId) ?? tasks[0];
  // What was not run again has its attempts and its output in the run that it was taken from.
  const source = task?.reused_from ?? run.id;
  const elsewhere = useQuery({ ...attemptsQuery(source), enabled: source !== run.id });
  const known = source === run.id ? attempts : elsewhere.data?.attempts;
  const own = useMemo(() => (known ?? []).filter((each) => each.task_id === task?.task_id), [known, task?.task_id]);
  const held = useHeld(run);
  const sentence = verdict({ run, tasks, plan: plan.tasks, attempts, now, held });

  const choose = (patch: { readonly [K in keyof typeof search]?: (typeof search)[K] | undefined }) =>
    void navigate({ search: (old) => defined({ ...old, ...patch }), replace: true, resetScroll: false });
  const chooseTask = (taskId: string) => choose({ task: taskId, attempt: undefined, at: undefined });
  const attempt = async (what: () => Promise<unknown>) => {
    setProblem(null);
    try {
      await what();
    } catch (error) {
      setProblem(sayError(error));
    }
  };
  const open = (found: Run | undefined, none: string) => {
    if (found) void go({ to: "/runs/$runId", params: { runId: found.id }, search: search.view ? { view: search.view } : {} });
    else setProblem(none);
  };
  const doRerun = (from: From) =>
    attempt(async () => {
      const runId = await rerun(run.id, from);
      await go({ to: "/runs/$runId", params: { runId } });
    });
  const compare = () =>
    attempt(async () => {
      const good = await lastGood(run);
      if (good) await go({ to: "/runs/$runId/compare/$otherId", params: { runId: run.id, otherId: good.id } });
      else setProblem("No earlier run of this job has completed.");
    });
  const hasFailed = tasks.some((each) => isBad(each.status));
  const older = () => void attempt(async () => open(await olderRun(run), "There is no earlier run of this job."));
  const newer = () => void attempt(async () => open(await newerRun(run, serverNow()), "This is the newest run of its job."));
  const whyNot = useWhyNot("trigger");
  const isEnding = run.cancel_requested_at !== null ? "It is being cancelled" : whyNot;
  useActions([
    { id: "run.cancel", name: "Cancel run…", group: "Run", keys: ["c"], run: () => setAsking(true), disabled: isActive ? isEnding : "It is over" },
    { id: "run.rerun", name: "Rerun…", group: "Run", keys: ["r"], run: () => setRerunning(hasFailed ? "failed" : "start"), disabled: isActive ? "It is not over" : whyNot },
    { id: "run.compare", name: "Compare with the last good run", group: "Run", run: () => void compare() },
    { id: "run.older", name: "Previous run", group: "Run", keys: ["["], run: older },
    { id: "run.newer", name: "Next run", group: "Run", keys: ["]"], run: newer },
    { id: "run.view", name: view === "graph" ? "Show over time" : "Show the graph", group: "Run", keys: ["v"], run: () => choose({ view: view === "graph" ? undefined : "graph" }) },
    { id: "run.critical", name: "Critical path", group: "Run", keys: ["."], run: () => choose({ critical: isCritical ? undefined : true }) },
  ]);
  const running = tasks.filter((each) => each.status === "running").length;
  return (
    <Page
      title={run.job_id}
      tabTitle={`${MARK[run.status]} ${run.job_id} ${run.status}`}
      state={run.status}
      isWide
      lead={<StatusText status={run.status} />}
      sub={
        <div className={styles.verdict} role="status">
          <Sentence text={sentence} />
        </div>
      }
      actions={
        <>
          {isActive ? (
            <Button look="danger" title="Cancel (c)" disabledReason={isEnding} onClick={() => setAsking(true)}>
              Cancel
            </Button>
          ) : (
            <>
              {hasFailed && (
                <Button look="primary" title="Run what failed and what follows it again (r)" disabledReason={whyNot} onClick={() => void doRerun("failed")}>
                  Rerun from failed
                </Button>
              )}
              <Button title="Run all of it again" disabledReason={whyNot} onClick={() => void doRerun("start")}>
                Rerun
              </Button>
              {task && (
                <Button title={`Run ${task.task_id} and what follows it again`} disabledReason={whyNot} onClick={() => void doRerun({ task: task.task_id })}>
                  From here
                </Button>
              )}
            </>
          )}
          <Button title="Compare with the last run that completed" onClick={() => void compare()}>
            Compare
          </Button>
          <Button look="quiet" aria-label="Previous run" title="Previous run ([)" onClick={older}>
            ‹
          </Button>
          <Button look="quiet" aria-label="Next run" title="Next run (])" onClick={newer}>
            ›
          </Button>
        </>
      }
    >
      {problem !== null && (
        <div className={styles.problem} role="alert">
          {problem}
        </div>
      )}
      {isAsking && isActive && (
        <Confirm
          title="Cancel run?"
          action="Cancel run"
          isDanger
          onClose={() => setAsking(false)}
          onConfirm={() => {
            setAsking(false);
            void attempt(() => cancel(run.id));
          }}
        >
          TERM now, KILL after {graces(plan)}. {plural(running, "task")} {running === 1 ? "is" : "are"} running.
        </Confirm>
      )}
      {rerunning !== undefined && (
        <Confirm
          title="Rerun?"
          action="Rerun"
          onClose={() => setRerunning(undefined)}
          onConfirm={() => {
            setRerunning(undefined);
            void doRerun(rerunning);
          }}
        >
          {rerunning === "start" ? "All tasks run again." : "What failed runs again, and what follows it. What completed stays as it is."}
        </Confirm>
      )}
      <Facts run={run} held={held} />
      <div className={styles.body}>
        <div className={styles.left}>
          <div className={styles.bar}>
            <div className={styles.group} role="group" aria-label="View">
              {VIEWS.map(([name, word]) => (
                <button key={name} type="button" aria-pressed={view === name} onClick={() => choose({ view: name === "gantt" ? undefined : name })}>
                  {word}
                </button>
              ))}
            </div>
            <span className={styles.spring} />
            {view === "gantt" && (
              <>
                <select className={styles.select} aria-label="Order" value={order} onChange={(event) => choose({ order: ORDERS.find((each) => each === event.target.value) })}>
                  {ORDERS.map((each) => (
                    <option key={each} value={each}>
                      {each}
                    </option>
                  ))}
                </select>
                <div className={styles.group}>
                  <button type="button" aria-pressed={isCritical} title="Critical path (.)" onClick={() => choose({ critical: isCritical ? undefined : true })}>
                    Critical path
                  </button>
                </div>
              </>
            )}
          </div>
          <div className={styles.picture}>
            {view === "gantt" && (
              <Gantt run={run} rows={rows} plan={plan} now={now} order={order} isCritical={isCritical} chosen={task?.task_id} onChoose={chooseTask} />
            )}
            {view === "graph" && <TaskGraph plan={plan} rows={rows} chosen={task?.task_id} onChoose={chooseTask} />}
            {view === "list" && <TaskTable rows={rows} chosen={task?.task_id} onChoose={chooseTask} />}
          </div>
        </div>
        <div className={styles.right}>{task && <LogPanel task={source === run.id ? task : { ...task, run_id: source }} attempts={own} choice={search} onChoose={choose} />}</div>
      </div>
      {task && <TaskDetails run={run} task={task} attempts={own} plan={plan} onAttempt={(number) => choose({ attempt: number, at: undefined })} />}
    </Page>
  );
}

const MOST_HOLDERS = 100;

/** What a run in the queue waits for; of others nothing is asked. */
function useHeld(run: Run) {
  const enabled = run.status === "pending";
  const job = useQuery({ ...jobQuery(run.job_id), enabled });
  const running = useQuery({ ...runsQuery({ job: run.job_id, status: "running" }, MOST_HOLDERS), enabled });
  const scheduler = useQuery({ ...schedulerQuery(), enabled });
  if (!enabled || !job.data || !running.data || !scheduler.data) return null;
  return heldBy(run, job.data, running.data.runs, scheduler.data.limits);
}

/** How long tasks are given to end: `10 s`, or the range where they differ. */
function graces(plan: PlanView): string {
  const all = plan.tasks.map((task) => task.grace_ms);
  const [least, most] = [Math.min(...all), Math.max(...all)].map((ms) => formatDuration(ms).replace(".0 ", " "));
  return least === most ? `${most}` : `${least} to ${most}`;
}

const MARK: Record<Run["status"], string> = { completed: "✓", failed: "✕", interrupted: "ϟ", cancelled: "■", running: "▶", pending: "○" };
