import type { UseQueryResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";

import type { JobSummary, UpcomingList } from "@/api/schema";
import { Panel } from "@/components/Panel";
import { Why } from "@/components/Why";
import { Time } from "@/components/Time";
import { useZone } from "@/components/Zone";
import { useNow } from "@/lib/clock";
import { formatDuration, plural } from "@/lib/duration";
import { saySchedule } from "@/lib/words";

import { density, fold, type Coming } from "./next";
import styles from "./Overview.module.css";

const MOST = 10;
const PARTS = 72;

interface NextProps {
  readonly query: UseQueryResult<UpcomingList>;
  readonly jobs: readonly JobSummary[] | undefined;
  readonly until: number;
}

/** What comes next: each job's next due time, and what becomes of it as things stand. */
export function Next({ query, jobs, until }: NextProps) {
  const manual = jobs?.filter((job) => !job.scheduled).length ?? 0;
  return (
    <Panel
      title="Next"
      aside={<Link to="/schedule">Schedule</Link>}
      query={query}
      what="what comes next"
      isFlush
      empty={(list) => (list.upcoming.length === 0 ? <p className={styles.nothing}>{sayNothing(manual)}</p> : null)}
    >
      {(list) => <Coming list={list} jobs={jobs} until={until} />}
    </Panel>
  );
}

function sayNothing(manual: number): string {
  const words = "Nothing is scheduled in the next hours.";
  return manual === 0 ? words : `${words} ${plural(manual, "job")} ${manual === 1 ? "runs" : "run"} only by hand.`;
}

function Coming({ list, jobs, until }: { readonly list: UpcomingList; readonly jobs: readonly JobSummary[] | undefined; readonly until: number }) {
  const now = useNow(1_000);
  const lines = useMemo(() => fold(list.upcoming, now), [list, now]);
  const zone = useZone();
  const words = useMemo(() => wordsOf(jobs, zone), [jobs, zone]);
  const last = list.upcoming.at(-1);
  const from = Math.floor(now / 60_000) * 60_000;
  return (
    <>
      <Strip counts={density(list.upcoming, from, until, PARTS)} isCut={last !== undefined && last.due_at < until - 600_000 && list.count >= 200} />
      <ul className={styles.rows}>
        {lines.slice(0, MOST).map((line) => (
          <Row key={line.first.job_id} line={line} words={words.get(`${line.first.job_id} ${line.first.schedule}`)} now={now} />
        ))}
      </ul>
      {lines.length > MOST && (
        <p className={styles.nothing}>
          <Link to="/schedule">{plural(lines.length - MOST, "more job")} in the next hours</Link>
        </p>
      )}
    </>
  );
}

/** Schedules in words, by job and key. */
function wordsOf(jobs: readonly JobSummary[] | undefined, zone: string): Map<string, string> {
  const words = new Map<string, string>();
  for (const job of jobs ?? []) {
    for (const schedule of job.schedules) words.set(`${job.id} ${schedule.key}`, saySchedule(schedule, zone));
  }
  return words;
}

function Row({ line, words, now }: { readonly line: Coming; readonly words: string | undefined; readonly now: number }) {
  const { first, more } = line;
  return (
    <li className={styles.coming}>
      <span className={styles.when}>{first.due_at <= now ? "now" : `in ${roughly(first.due_at - now)}`}</span>
      <div className={styles.what}>
        <p>
          <Link to="/jobs/$jobId" params={{ jobId: first.job_id }} className={styles.job}>
            {first.job_id}
          </Link>{" "}
          <span className="muted">
            <Time at={first.due_at} />
            {words !== undefined && ` · ${words}`}
            {first.expected_ms !== null && ` · about ${formatDuration(first.expected_ms)}`}
            {more > 0 && ` · ${more}× more`}
          </span>
        </p>
        {first.will !== "run" && (
          <p className={styles.will} data-will={first.will}>
            {first.will === "wait" ? "will wait" : "will be skipped"}
            {first.reason !== null && ": "}
            <Why reason={first.reason} evidence={first.evidence} />
          </p>
        )}
      </div>
    </li>
  );
}

/** Coarse where it is far: a list of which every line changes each second is hard to read. */
function roughly(ms: number): string {
  if (ms < 60_000) return `${Math.max(1, Math.ceil(ms / 1_000))} s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} m`;
  return `${Math.floor(ms / 3_600_000)} h ${String(Math.floor((ms % 3_600_000) / 60_000)).padStart(2, "0")} m`;
}

/** Due times over the next hours, as one row of bars. */
function Strip({ counts, isCut }: { readonly counts: readonly number[]; readonly isCut: boolean }) {
  const most = Math.max(1, ...counts);
  const total = counts.reduce((sum, each) => sum + each, 0);
  const summary = `${isCut ? "More than " : ""}${plural(total, "run")} due in the next 6 hours`;
  return (
    <figure className={styles.strip}>
      <svg viewBox={`0 0 ${counts.length * 4} 24`} preserveAspectRatio="none" role="img" aria-label={summary}>
        {counts.map(
          (count, at) =>
            count > 0 && <rect key={at} x={at * 4} width={3} y={24 - Math.max(3, (count / most) * 24)} height={Math.max(3, (count / most) * 24)} />,
        )}
      </svg>
      <figcaption>
        <span>now</span>
        <span>{summary}</span>
        <span>6 h</span>
      </figcaption>
    </figure>
  );
}
