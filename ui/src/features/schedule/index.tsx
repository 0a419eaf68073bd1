import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useState } from "react";

import { jobsQuery, schedulerQuery } from "@/api/queries";
import { Button } from "@/components/Button";
import { Page } from "@/components/Page";
import { useZone } from "@/components/Zone";
import { now as currentTime, useNow } from "@/lib/clock";
import { defined } from "@/lib/search";
import { formatTime } from "@/lib/time";

import { Chart, sayLoad, type Limit } from "./Chart";
import { barsOf, happeningsQuery, marksOf, type Happenings } from "./data";
import { Segments } from "./Segments";
import styles from "./Schedule.module.css";
import { Table } from "./Table";
import { loadOf, peakOf, rowsOf, SPANS, type Order, type Row } from "./timeline";

const route = getRouteApi("/schedule");
const MINUTE = 60_000;

/** What comes, and what collides: all jobs on one axis of time. */
export default function SchedulePage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const zone = useZone();
  const now = useNow(10_000);
  // The axis stands still between looks; it moves on when what is shown would no longer reach the present.
  const [anchor, setAnchor] = useState(() => Math.floor(currentTime() / MINUTE) * MINUTE);
  const span = SPANS.find((each) => each.coming + each.past === (search.to ?? 0) - (search.from ?? 0)) ?? SPANS[2];
  const from = search.from ?? anchor - span.past;
  const to = search.to ?? anchor + span.coming;
  if (search.from === undefined && now - anchor > span.coming / 4) setAnchor(Math.floor(now / MINUTE) * MINUTE);

  const [isTable, setTable] = useState(false);
  const happenings = useQuery(happeningsQuery(from, to));
  const jobs = useQuery(jobsQuery());
  const scheduler = useQuery(schedulerQuery());
  const order: Order = search.sort ?? "next";
  const isGrouped = search.group === "tag";
  const tags = useMemo(() => new Map(jobs.data?.jobs.map((job) => [job.id, job.tags[0] ?? ""])), [jobs.data]);
  const picture = useMemo(() => pictureOf(happenings.data, now, order, search.q, isGrouped ? tags : null), [
    happenings.data, now, order, search.q, isGrouped, tags,
  ]);
  const limits: Limit[] = scheduler.data?.max_jobs == null ? [] : [{ name: "max_jobs", limit: scheduler.data.max_jobs }];

  const shift = (by: number) => {
    const move = (to - from) * by;
    void navigate({ search: (old) => ({ ...old, from: Math.round(from + move), to: Math.round(to + move) }), replace: true });
  };
  const choose = (id: string) => {
    const chosen = SPANS.find((each) => each.id === id) ?? SPANS[2];
    const at = Math.floor(currentTime() / MINUTE) * MINUTE;
    setAnchor(at);
    void navigate({ search: (old) => ({ ...old, from: at - chosen.past, to: at + chosen.coming }), replace: true });
  };
  const toNow = () => {
    setAnchor(Math.floor(currentTime() / MINUTE) * MINUTE);
    void navigate({ search: (old) => defined({ ...old, from: undefined, to: undefined }), replace: true });
  };

  return (
    <Page
      title="Schedule"
      isWide
      sub={
        <>
          {formatTime(from, zone, now)} to {formatTime(to, zone, now)}. {sayLoad(picture.peak, limits)}
        </>
      }
      actions={
        <>
          <Segments name="Span" value={span.id} onChange={choose} options={SPANS.map((each) => [each.id, each.label])} />
          <Button onClick={() => shift(-0.5)} aria-label="Earlier">
            ‹
          </Button>
          <Button onClick={toNow}>Now</Button>
          <Button onClick={() => shift(0.5)} aria-label="Later">
            ›
          </Button>
        </>
      }
    >
      <div className={styles.controls}>
        <input
          type="search"
          className={styles.filter}
          placeholder="Filter jobs"
          aria-label="Filter jobs"
          data-page-filter
          defaultValue={search.q}
          onChange={(event) => {
            const q = event.currentTarget.value;
            void navigate({ search: (old) => defined({ ...old, q: q === "" ? undefined : q }), replace: true });
          }}
        />
        <Segments
          name="Order"
          value={order}
          onChange={(sort) => void navigate({ search: (old) => defined({ ...old, sort: sort === "next" ? undefined : (sort as Order) }), replace: true })}
          options={[
            ["next", "next due"],
            ["name", "name"],
            ["load", "load"],
          ]}
        />
        <Button
          aria-pressed={isGrouped}
          onClick={() => void navigate({ search: (old) => defined({ ...old, group: isGrouped ? undefined : ("tag" as const) }), replace: true })}
        >
          Group by tag
        </Button>
        <Button aria-pressed={isTable} onClick={() => setTable(!isTable)}>
          Show as table
        </Button>
      </div>
      {happenings.error ? (
        <p role="alert">{happenings.error.message}</p>
      ) : picture.rows.length === 0 ? (
        <p className="muted">{emptyWords(happenings.data, jobs.data?.jobs.length ?? 0, search.q)}</p>
      ) : isTable ? (
        <Table rows={picture.rows} now={now} />
      ) : (
        <Chart rows={picture.rows} load={picture.load} limits={limits} from={from} to={to} now={now} heads={picture.heads} />
      )}
      <Cut happenings={happenings.data} zone={zone} now={now} />
    </Page>
  );
}

function pictureOf(data: Happenings | undefined, now: number, order: Order, q: string | undefined, tags: ReadonlyMap<string, string> | null) {
  const bars = data ? barsOf(data, now) : [];
  const marks = data ? marksOf(data) : [];
  const load = loadOf(bars);
  const wanted = q?.toLowerCase() ?? "";
  const sorted = rowsOf(bars, marks, now, order).filter((row) => row.jobId.toLowerCase().includes(wanted));
  const rows = tags ? grouped(sorted, tags) : sorted;
  return { rows, load, peak: peakOf(load), heads: tags ? headsOf(rows, tags) : new Map<string, string>() };
}

/** Keep the order within each tag; tags stand in the order of their first job. */
function grouped(rows: readonly Row[], tags: ReadonlyMap<string, string>): Row[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const tag = tags.get(row.jobId) ?? "";
    groups.set(tag, [...(groups.get(tag) ?? []), row]);
  }
  return [...groups].toSorted(([a], [b]) => Number(a === "") - Number(b === "")).flatMap(([, each]) => each);
}

function headsOf(rows: readonly Row[], tags: ReadonlyMap<string, string>): Map<string, string> {
  const heads = new Map<string, string>();
  let before: string | undefined;
  for (const row of rows) {
    const tag = tags.get(row.jobId) ?? "";
    if (tag !== before) heads.set(row.jobId, tag === "" ? "no tag" : tag);
    before = tag;
  }
  return heads;
}

function emptyWords(data: Happenings | undefined, jobs: number, q: string | undefined): string {
  if (!data) return "Loading what was and what comes.";
  if (q !== undefined) return `No job that runs in this time matches “${q}”.`;
  return jobs === 0 ? "Nothing is scheduled: there are no jobs yet." : `Nothing is scheduled in this time. ${jobs} jobs are there.`;
}

/** Say where the picture ends before its time does. */
function Cut({ happenings, zone, now }: { readonly happenings: Happenings | undefined; readonly zone: string; readonly now: number }) {
  if (!happenings || (happenings.pastFrom === null && happenings.comingUntil === null)) return null;
  return (
    <p className="muted">
      {happenings.pastFrom !== null && `What was before ${formatTime(happenings.pastFrom, zone, now)} is too much to show at once. `}
      {happenings.comingUntil !== null && `The next 1,000 due times are shown, to ${formatTime(happenings.comingUntil, zone, now)}.`}
    </p>
  );
}
