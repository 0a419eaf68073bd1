import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";

import type { JobDetail } from "@/api/schema";
import { Button } from "@/components/Button";
import { Panel, Section } from "@/components/Panel";
import { StatusText } from "@/components/Status";
import { Time } from "@/components/Time";
import { RunLink, Why } from "@/components/Why";
import { useZone } from "@/components/Zone";
import { useNow } from "@/lib/clock";
import { formatDuration, formatRough, plural } from "@/lib/duration";
import { atClock, formatDay } from "@/lib/time";
import { saySchedule } from "@/lib/words";

import { comingQuery, dueQuery } from "./data";
import styles from "./Job.module.css";
import { Year } from "./Year";
import type { Mode } from "./year";

const MOST_COMING = 12;

interface CalendarTabProps {
  readonly job: JobDetail;
  readonly mode: Mode;
  readonly onMode: (mode: Mode) => void;
  readonly day: string | undefined;
  readonly onDay: (day: string | undefined) => void;
}

/** When did it run, when will it, and when did it not? */
export function CalendarTab({ job, mode, onMode, day, onDay }: CalendarTabProps) {
  const zone = useZone();
  const within = day === undefined ? {} : spanOf(day, zone);
  const due = useQuery(dueQuery(job.id, within));
  const coming = useQuery(comingQuery(job.id));
  const today = formatDay(useNow(60_000), zone);
  const planned = useMemo(() => new Set(coming.data?.upcoming.filter((each) => each.will !== "skip").map((each) => formatDay(each.due_at, zone))), [coming.data, zone]);
  return (
    <div className={styles.stack}>
      <Section
        title="Year"
        aside={
          day !== undefined && (
            <span className={styles.bar}>
              {day}
              <Link to="/runs" search={{ job: job.id, ...within }}>
                Its runs
              </Link>
            </span>
          )
        }
        actions={
          day !== undefined && (
            <Button look="quiet" onClick={() => onDay(undefined)}>
              All days
            </Button>
          )
        }
      >
        <Year jobId={job.id} today={today} planned={planned} mode={mode} onMode={onMode} chosen={day} onChoose={onDay} />
      </Section>
      <div className={styles.two}>
        <Panel
          title={day === undefined ? "Due times" : `Due times of ${day}`}
          aside={
            <Link to="/ledger" search={{ job: job.id, ...within }}>
              In the ledger
            </Link>
          }
          query={due}
          what="the due times"
          empty={(page) =>
            page.occurrences.length > 0 ? null : (
              <p className="muted">{day !== undefined ? "Nothing was due on this day." : job.scheduled ? "Nothing was due yet." : "This job has no schedule: it runs only by hand."}</p>
            )
          }
        >
          {(page) => (
            <ul className={styles.list}>
              {page.occurrences.map((each) => (
                <li key={`${each.schedule} ${each.due_at}`}>
                  <span className={styles.when}>
                    <Time at={each.due_at} />
                  </span>
                  <span className={styles.what}>
                    {each.fate === "ran" ? "ran" : <StatusText status={each.fate} />}{" "}
                    {each.fate === "ran" && each.run_id !== null ? (
                      <RunLink runId={each.run_id} />
                    ) : (
                      <span className="muted">
                        <Why reason={each.reason} evidence={each.evidence} />
                      </span>
                    )}
                  </span>
                </li>
              ))}
            </ul>
          )}
        </Panel>
        <Panel
          title="Upcoming"
          query={coming}
          what="what comes"
          empty={(list) => (list.upcoming.length > 0 ? null : <p className="muted">{job.scheduled ? "Nothing is due any more." : "Nothing is scheduled: it runs only by hand."}</p>)}
        >
          {(list) => (
            <ul className={styles.list}>
              {list.upcoming.slice(0, MOST_COMING).map((each) => (
                <li key={`${each.schedule} ${each.due_at}`}>
                  <span className={styles.when}>
                    <Time at={each.due_at} />
                  </span>
                  <span className={styles.what}>
                    <In at={each.due_at} />
                    {wordsOf(job, each.schedule, zone)}
                    {each.will !== "run" && (
                      <span className={styles.will}>
                        {each.will === "wait" ? " · will wait: " : " · will be skipped: "}
                        <Why reason={each.reason} evidence={each.evidence} />
                      </span>
                    )}
                  </span>
                </li>
              ))}
            </ul>
          )}
        </Panel>
      </div>
    </div>
  );
}

/** A day of a zone as the times that it lasts from and to. */
function spanOf(day: string, zone: string): { readonly since: number; readonly until: number } {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return { since: atClock(zone, year, month, date), until: atClock(zone, year, month, date + 1) };
}

function In({ at }: { readonly at: number }) {
  const now = useNow(1_000);
  return <span className="muted">{at > now ? `in ${at - now < 3_600_000 ? formatRough(at - now) : formatDuration(at - now)}` : "now"}</span>;
}

function wordsOf(job: JobDetail, key: string | null, zone: string): string {
  if (key === null) return " · somebody asked for it";
  const schedule = job.schedules.find((each) => each.key === key);
  return schedule ? ` · ${saySchedule(schedule, zone)}` : "";
}

export function saySchedules(job: Pick<JobDetail, "schedules">, zone: string): string {
  return job.schedules.length === 0 ? "by hand only" : job.schedules.map((each) => saySchedule(each, zone)).join("; ");
}

export function sayLimits(job: JobDetail): string {
  const parts: string[] = [];
  if (job.max_concurrency !== null) parts.push(`${plural(job.max_concurrency, "run")} at a time${job.overlap === null ? "" : `, overlap: ${job.overlap.replace("_", " ")}`}`);
  if (job.max_tasks !== null) parts.push(`${plural(job.max_tasks, "task")} at a time`);
  if (job.timeout_ms !== null) parts.push(`timeout ${formatDuration(job.timeout_ms)}`);
  return parts.join(" · ");
}
