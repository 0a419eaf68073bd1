import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";

import { jobsQuery } from "@/api/queries";
import type { OccurrenceView } from "@/api/schema";
import { Answer } from "@/components/Answer";
import { Button } from "@/components/Button";
import { Chip, ChoiceChip, FilterBar, SearchField } from "@/components/Chips";
import { Empty } from "@/components/Empty";
import { useWhyNot } from "@/components/may";
import { Page } from "@/components/Page";
import { StatusText } from "@/components/Status";
import { DataTable, type Column } from "@/components/table/DataTable";
import { Time } from "@/components/Time";
import { TriggerDialog } from "@/components/trigger/TriggerDialog";
import { RunLink, Why } from "@/components/Why";
import { useZone } from "@/components/Zone";
import { useNow } from "@/lib/clock";
import { formatCount } from "@/lib/duration";
import { defined } from "@/lib/search";
import { formatDayHead, formatTime, zoneName } from "@/lib/time";

import { countsOf, ledgerQuery } from "./data";
import styles from "./Ledger.module.css";
import { FATES, type Search } from "./search";

const route = getRouteApi("/ledger");

const REASONS: readonly (readonly [reason: string, name: string])[] = [
  ["overlap", "the run before was still going"],
  ["dependency", "a job that it needs"],
  ["paused", "scheduler paused"],
  ["job_paused", "job paused"],
  ["disabled", "disabled"],
  ["queue_full", "queue full"],
  ["same_instant", "same instant"],
  ["down", "Petit was down"],
  ["asleep", "machine asleep"],
  ["schedule_changed", "schedule changed"],
  ["catchup_limit", "catch-up limit"],
];

/** Why did it not run? Every due time of every schedule, and what became of it. */
export default function LedgerPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const zone = useZone();
  const now = useNow(60_000);
  const ledger = useInfiniteQuery(ledgerQuery(search));
  const jobs = useQuery(jobsQuery());
  const names = useMemo(() => wordsOf(jobs.data?.jobs ?? []), [jobs.data]);
  const rows = useMemo(() => ledger.data?.pages.flatMap((page) => page.occurrences) ?? [], [ledger.data]);
  const counts = countsOf(rows);
  const [toRun, setToRun] = useState<string | null>(null);
  const whyNot = useWhyNot("trigger");
  const columns = useMemo(() => columnsOf(names, zone, whyNot, setToRun), [names, zone, whyNot, setToRun]);
  const change = (more: { readonly [K in keyof Search]?: Search[K] | undefined }) =>
    void navigate({ search: (old) => defined({ ...old, ...more }), replace: true });
  const clear = Object.keys(search).length === 0 ? undefined : () => void navigate({ search: {}, replace: true });
  return (
    <Page
      title="Ledger"
      isWide
      sub={
        rows.length > 0 && (
          <>
            {ledger.hasNextPage ? "Of the newest " : ""}
            {formatCount(counts.due)} due = {formatCount(counts.ran)} ran + {formatCount(counts.skipped)} skipped + {formatCount(counts.missed)} missed
          </>
        )
      }
    >
      <FilterBar label="Filter the ledger" onClear={clear}>
        <SearchField label="Job id" value={search.job ?? ""} onChange={(job) => change({ job: job === "" ? undefined : job })} />
        <ChoiceChip label="Fate" choices={FATES.map((value) => ({ value, name: value }))} value={search.fate} onChange={(fate) => change({ fate })} />
        <ChoiceChip label="Reason" choices={REASONS.map(([value, name]) => ({ value, name }))} value={search.reason} onChange={(reason) => change({ reason })} />
        {search.since !== undefined && (
          <Chip onRemove={() => change({ since: undefined })} removeLabel="From any time">
            since {formatTime(search.since, zone, now)}
          </Chip>
        )}
        {search.until !== undefined && (
          <Chip onRemove={() => change({ until: undefined })} removeLabel="Until now">
            before {formatTime(search.until, zone, now)}
          </Chip>
        )}
      </FilterBar>
      <Answer
        query={ledger}
        what="the ledger"
        onError={(error) => (isUnknownJob(error) ? <Empty action={clear && <Button onClick={clear}>Clear filters</Button>}>There is no job <em>{search.job}</em>, and there was none.</Empty> : undefined)}
        empty={() =>
          rows.length > 0 ? null : (
            <Empty action={clear && <Button onClick={clear}>Clear filters</Button>}>
              {clear ? "No due time fits these filters." : "Nothing was due yet. Each due time of a schedule gets a row here: that it ran, or why it did not."}
            </Empty>
          )
        }
      >
        {() => (
          <DataTable
            label="Ledger"
            rows={rows}
            columns={columns}
            rowKey={(row) => `${row.job_id} ${row.schedule} ${row.due_at}`}
            groupOf={(row) => {
              const day = formatDayHead(row.due_at, zone, now);
              return { key: day, head: day };
            }}
            onEnd={() => {
              if (ledger.hasNextPage && !ledger.isFetchingNextPage) void ledger.fetchNextPage();
            }}
            isMain
          />
        )}
      </Answer>
      {toRun !== null && <TriggerDialog jobId={toRun} onClose={() => setToRun(null)} />}
    </Page>
  );
}

function isUnknownJob(error: unknown): boolean {
  return error instanceof Error && "status" in error && error.status === 404;
}

function wordsOf(jobs: readonly { readonly id: string; readonly schedules: readonly { readonly key: string; readonly words: string }[] }[]): ReadonlyMap<string, string> {
  return new Map(jobs.flatMap((job) => job.schedules.map((schedule) => [`${job.id} ${schedule.key}`, schedule.words] as const)));
}

function columnsOf(names: ReadonlyMap<string, string>, zone: string, whyNot: string | undefined, onRun: (jobId: string) => void): readonly Column<OccurrenceView>[] {
  return [
    { key: "due", head: `Due (${zoneName(zone)})`, width: "120px", phone: "side", cell: (row) => <Time at={row.due_at} /> },
    {
      key: "job", head: "Job", width: "minmax(140px, 1fr)", phone: "lead",
      cell: (row) => (
        <Link to="/jobs/$jobId" params={{ jobId: row.job_id }} search={{ tab: "calendar" }} className={styles.job}>
          {row.job_id}
        </Link>
      ),
    },
    { key: "fate", head: "Fate", width: "96px", phone: "end", cell: (row) => <Fate row={row} /> },
    {
      key: "why", head: "Why", width: "minmax(0, 3fr)", phone: "sub",
      cell: (row) => <span className={styles.why}>{row.run_id !== null && row.fate === "ran" ? <>run <RunLink runId={row.run_id} /></> : <Why reason={row.reason} evidence={row.evidence} />}</span>,
    },
    {
      key: "schedule", head: "Schedule", width: "minmax(0, 1.2fr)",
      cell: (row) => <span className="muted cut" title={row.schedule}>{names.get(`${row.job_id} ${row.schedule}`) ?? row.schedule}</span>,
    },
    {
      key: "act", head: <span className="visually-hidden">Actions</span>, width: "104px",
      cell: (row) => row.fate !== "ran" && row.reason !== "same_instant" && <Button look="quiet" disabledReason={whyNot} onClick={() => onRun(row.job_id)}>Run it now</Button>,
    },
  ];
}

/** That a run was created says nothing of how it ended: calm, whatever came of it. */
function Fate({ row }: { readonly row: OccurrenceView }) {
  if (row.fate === "ran") return <span className={styles.ran}>ran</span>;
  return <StatusText status={row.fate} />;
}
