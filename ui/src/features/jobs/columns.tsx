import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { historyQuery } from "@/components/history/query";
import { HistoryStrip } from "@/components/history/HistoryStrip";
import { JobBadges } from "@/components/jobstate/JobBadges";
import { StatusText } from "@/components/Status";
import type { Column } from "@/components/table/DataTable";
import { Duration, Time } from "@/components/Time";
import { JobMenu } from "@/components/trigger/JobMenu";
import { useZone } from "@/components/Zone";
import { formatShare } from "@/lib/duration";
import { usePhone } from "@/lib/media";
import { saySchedule } from "@/lib/words";

import styles from "./Jobs.module.css";
import { windowOf, type Job } from "./list";

const WINDOW = 20;

/** The columns of the list. `ids` are the rows as they stand, `places` where each is. */
export function columnsOf(ids: readonly string[], places: ReadonlyMap<string, number>): readonly Column<Job>[] {
  return [
    { key: "name", head: "Job", width: "minmax(180px, 2fr)", sort: "name", phone: "lead", cell: (job) => <Name job={job} /> },
    {
      key: "history", head: "Last runs", width: "196px", phone: "end",
      cell: (job) => <History jobId={job.id} together={windowOf(ids, places.get(job.id) ?? 0, WINDOW)} />,
    },
    { key: "last", head: "Last result", width: "minmax(150px, 1fr)", sort: "last", phone: "side", cell: (job) => <LastResult job={job} /> },
    { key: "next", head: "Next run", width: "104px", sort: "next", cell: (job) => <NextRun job={job} /> },
    { key: "schedule", head: "Schedule", width: "minmax(120px, 1.4fr)", phone: "sub", cell: (job) => <Schedule job={job} /> },
    { key: "success", head: "Success", width: "88px", sort: "success", isNumber: true, cell: (job) => <Success job={job} /> },
    { key: "median", head: "Median", width: "84px", sort: "median", isNumber: true, cell: (job) => job.median_ms !== null && <Duration ms={job.median_ms} /> },
    { key: "menu", head: <span className="visually-hidden">Actions</span>, width: "36px", cell: (job) => <JobMenu jobId={job.id} isPaused={job.paused} /> },
  ];
}

function Name({ job }: { readonly job: Job }) {
  return (
    <span className={styles.name}>
      <Link to="/jobs/$jobId" params={{ jobId: job.id }} title={job.description === "" ? job.name : `${job.name}: ${job.description}`} className="cut">
        {job.id}
      </Link>
      <JobBadges job={job} />
      {job.tags.slice(0, 3).map((tag) => (
        <span key={tag} className={styles.tag}>
          {tag}
        </span>
      ))}
      {job.tags.length > 3 && <span className="muted">+{job.tags.length - 3}</span>}
    </span>
  );
}

function History({ jobId, together }: { readonly jobId: string; readonly together: readonly string[] }) {
  const isPhone = usePhone();
  const histories = useQuery(historyQuery(together));
  return <HistoryStrip jobId={jobId} history={histories.data?.get(jobId)} count={isPhone ? 15 : 30} />;
}

function LastResult({ job }: { readonly job: Job }) {
  const run = job.last_run;
  if (!run) return <span className="muted">never ran</span>;
  return (
    <span className={styles.last}>
      <Link to="/runs/$runId" params={{ runId: run.id }}>
        <StatusText status={run.status} />
      </Link>
      <span className="muted">
        <Time at={run.ended_at ?? run.started_at ?? run.created_at} />
      </span>
    </span>
  );
}

function NextRun({ job }: { readonly job: Job }) {
  if (job.next_run_at !== null && job.enabled && !job.paused) return <Time at={job.next_run_at} />;
  return <span className="muted">{job.paused ? "paused" : job.enabled ? "–" : "disabled"}</span>;
}

function Schedule({ job }: { readonly job: Job }) {
  const zone = useZone();
  const [first, ...more] = job.schedules;
  if (!first) return <span className="muted">by hand only</span>;
  const words = `${saySchedule(first, zone)}${more.length > 0 ? `, and ${more.length} more` : ""}`;
  return (
    <span className="cut" title={job.schedules.map((each) => `${each.text} ${each.timezone}`).join("\n")}>
      {words}
    </span>
  );
}

function Success({ job }: { readonly job: Job }) {
  const [part, whole] = [job.recent_completed, job.recent_runs];
  if (whole === 0) return <span className="muted">–</span>;
  return <span className={part < whole ? styles.some : undefined}>{formatShare(part, whole)}</span>;
}
