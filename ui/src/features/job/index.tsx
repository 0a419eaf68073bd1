import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";

import { isNotFound, sayError } from "@/api/errors";
import { jobQuery, schedulerQuery } from "@/api/queries";
import type { JobDetail } from "@/api/schema";
import { useActions } from "@/components/Actions";
import { Answer, GhostLines } from "@/components/Answer";
import { Button } from "@/components/Button";
import { Empty } from "@/components/Empty";
import { BadFiles } from "@/components/jobstate/BadFiles";
import { JobBadges } from "@/components/jobstate/JobBadges";
import { useWhyNot } from "@/components/may";
import { Page } from "@/components/Page";
import { PauseDialog, useResume } from "@/components/PauseDialog";
import { StatusText } from "@/components/Status";
import { Tabs } from "@/components/Tabs";
import { Time } from "@/components/Time";
import { TriggerDialog } from "@/components/trigger/TriggerDialog";
import { RunLink } from "@/components/Why";
import { useZone } from "@/components/Zone";
import { formatDuration, formatShare } from "@/lib/duration";
import { defined } from "@/lib/search";

import { CalendarTab, sayLimits, saySchedules } from "./CalendarTab";
import type { RowFilter } from "./columns";
import { DefinitionTab } from "./DefinitionTab";
import styles from "./Job.module.css";
import { RunsTab } from "./RunsTab";
import type { TABS } from "./search";

const GraphTab = lazy(() => import("./GraphTab"));
const route = getRouteApi("/jobs/$jobId");
type TabName = (typeof TABS)[number];

/** How is this job? */
export default function JobPage() {
  const { jobId } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery(jobQuery(jobId));
  const scheduler = useQuery(schedulerQuery());
  const job = query.data;
  const [dialog, setDialog] = useState<"trigger" | "pause" | null>(null);
  const resume = useResume([jobId]);
  const whyNot = useWhyNot("trigger");
  const off = job?.removed === true ? "The job was removed" : whyNot;
  const toggle = () => (job?.paused === true ? resume.mutate() : setDialog("pause"));
  useActions([
    { id: "job.trigger", name: `Trigger ${jobId}…`, group: "Job", keys: ["t"], run: () => setDialog("trigger"), disabled: off },
    { id: "job.pause", name: job?.paused === true ? `Resume ${jobId}` : `Pause ${jobId}…`, group: "Job", keys: ["p"], run: toggle, disabled: off },
    { id: "job.why", name: "Why did it not run?", group: "Job", keys: ["w"], run: () => void navigate({ search: (old) => ({ ...old, tab: "calendar" }), replace: true }) },
  ]);
  const problems = scheduler.data?.problems.filter((problem) => problem.file === job?.file) ?? [];
  const tab: TabName = search.tab ?? "runs";
  return (
    <Page
      title={jobId}
      tabTitle={job?.last_run?.status === "failed" ? `✕ ${jobId} failed` : jobId}
      state={job?.last_run?.status}
      lead={job && <JobBadges job={job} />}
      sub={job && <Sub job={job} />}
      actions={
        <>
          <Button look="primary" onClick={() => setDialog("trigger")} disabledReason={off}>
            Trigger…
          </Button>
          <Button onClick={toggle} disabledReason={off}>
            {job?.paused === true ? "Resume" : "Pause…"}
          </Button>
        </>
      }
    >
      {job?.stale === true && <BadFiles problems={problems} />}
      {job?.paused === true && <Paused job={job} />}
      {job?.removed_at != null && (
        <p className={styles.band}>
          Removed on <Time at={job.removed_at} />. Its runs and its definition are kept; nothing can be triggered.
        </p>
      )}
      <Answer query={query} what="the job" onError={(error) => (isNotFound(error) ? <NotFound error={error} jobId={jobId} /> : undefined)}>
        {(data) => (
          <Tabs<TabName>
            label="About this job"
            value={tab}
            onChange={(next) => void navigate({ search: next === "runs" ? {} : { tab: next }, replace: true })}
            tabs={[
              {
                value: "runs", name: "Runs",
                content: () => (
                  <RunsTab
                    jobId={jobId}
                    filter={search.filter === "failed" || search.filter === "retried" ? search.filter : undefined}
                    onFilter={(filter: RowFilter | undefined) => void navigate({ search: (old) => defined({ ...old, filter }), replace: true })}
                  />
                ),
              },
              { value: "graph", name: "Graph", content: () => <Suspense fallback={<GhostLines />}><GraphTab job={data} /></Suspense> },
              {
                value: "calendar", name: "Calendar",
                content: () => (
                  <CalendarTab
                    job={data}
                    mode={search.mode ?? "result"}
                    onMode={(mode) => void navigate({ search: (old) => defined({ ...old, mode: mode === "result" ? undefined : mode }), replace: true })}
                    day={search.day}
                    onDay={(day) => void navigate({ search: (old) => defined({ ...old, day }), replace: true })}
                  />
                ),
              },
              {
                value: "definition", name: "Definition",
                content: () => (
                  <DefinitionTab
                    job={data}
                    version={search.version}
                    against={search.against}
                    onChange={(next) => void navigate({ search: (old) => defined({ ...old, ...next }), replace: true })}
                  />
                ),
              },
            ]}
          />
        )}
      </Answer>
      {dialog === "trigger" && <TriggerDialog jobId={jobId} onClose={() => setDialog(null)} />}
      {dialog === "pause" && <PauseDialog jobs={[jobId]} onClose={() => setDialog(null)} />}
    </Page>
  );
}

/** State, last result, next run, schedule, limits: one line under the name. */
function Sub({ job }: { readonly job: JobDetail }) {
  const zone = useZone();
  const limits = sayLimits(job);
  return (
    <span className={styles.sub}>
      {job.name !== job.id && <span>{job.name}</span>}
      {job.description !== "" && <span>{job.description}</span>}
      {job.last_run && (
        <span>
          last <RunLink runId={job.last_run.id}><StatusText status={job.last_run.status} /></RunLink>{" "}
          <Time at={job.last_run.ended_at ?? job.last_run.started_at ?? job.last_run.created_at} />
        </span>
      )}
      {job.recent_runs > 0 && <span>{formatShare(job.recent_completed, job.recent_runs)} completed{job.median_ms !== null && `, usually in ${formatDuration(job.median_ms)}`}</span>}
      <span>
        {saySchedules(job, zone)}
        {job.next_run_at !== null && !job.paused && <>, next <Time at={job.next_run_at} /></>}
      </span>
      {limits !== "" && <span>{limits}</span>}
    </span>
  );
}

/** "Paused by ana at 14:00: upgrade. Nothing starts by schedule until 16:00." */
function Paused({ job }: { readonly job: JobDetail }) {
  const pause = job.pause;
  return (
    <p className={styles.band}>
      Paused{pause?.by != null && ` by ${pause.by}`}
      {pause && <> at <Time at={pause.since} /></>}
      {pause?.reason != null && `: ${pause.reason}`}. Nothing of it starts by schedule{pause?.until != null ? <> until <Time at={pause.until} /></> : " until it is resumed"}.
    </p>
  );
}

function NotFound({ error, jobId }: { readonly error: unknown; readonly jobId: string }) {
  return (
    <Empty>
      No job <em>{jobId}</em>. {sayError(error)}
    </Empty>
  );
}
