import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useEffect, useMemo, useRef } from "react";

import { ApiError } from "@/api/errors";
import { runPagesQuery, runsQuery, type RunFilters } from "@/api/queries";
import type { Run } from "@/api/schema";
import { useActions } from "@/components/Actions";
import { Answer } from "@/components/Answer";
import { Button } from "@/components/Button";
import { Chip, FilterBar, SearchField, SeveralChip } from "@/components/Chips";
import { Empty } from "@/components/Empty";
import { Page } from "@/components/Page";
import { StatusText } from "@/components/Status";
import { DataTable, type Column } from "@/components/table/DataTable";
import { Duration, Elapsed, Time } from "@/components/Time";
import { RunLink } from "@/components/Why";
import { useZone } from "@/components/Zone";
import { useNow } from "@/lib/clock";
import { formatCount } from "@/lib/duration";
import { defined } from "@/lib/search";
import { STATUSES } from "@/lib/status";
import { atClock, formatDay, formatDayHead, formatTime, zoneName } from "@/lib/time";

import styles from "./Runs.module.css";
import type { Search } from "./search";

const route = getRouteApi("/runs");
const PAGE = 200;
const NO_RUN = new Set(["retrying", "skipped", "missed"]);
const CHOICES = STATUSES.filter((status) => !NO_RUN.has(status)).map((value) => ({ value, name: <StatusText status={value} /> }));
const TRIGGERS = ["schedule", "manual", "upstream", "backfill", "rerun"].map((value) => ({ value, name: value }));

/** What ran? All runs, newest first, by day. */
export default function RunsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const zone = useZone();
  const now = useNow(60_000);
  const filters: RunFilters = { ...search, status: search.status?.join(","), trigger: search.trigger?.join(",") };
  const pages = useInfiniteQuery(runPagesQuery(filters, PAGE));
  const runs = useMemo(() => pages.data?.pages.flatMap((page) => page.runs) ?? [], [pages.data]);
  const newer = useNewer(filters, runs[0]?.id ?? "", pages.isSuccess && search.until === undefined);
  const columns = useMemo(() => columnsOf(zone), [zone]);
  const change = (more: { readonly [K in keyof Search]?: Search[K] | undefined }) =>
    void navigate({ search: (old) => defined({ ...old, ...more }), replace: true });
  const clear = Object.keys(search).length === 0 ? undefined : () => void navigate({ search: {}, replace: true });
  const clearButton = clear && <Button onClick={clear}>Clear filters</Button>;
  return (
    <Page title="Runs" isWide actions={newer && <Button onClick={newer}>Show newer runs</Button>} lead={runs.length > 0 && <span className="muted">{formatCount(runs.length)}{pages.hasNextPage ? "+" : ""}</span>}>
      <FilterBar label="Filter runs" onClear={clear}>
        <SearchField label="Beginning of a run id" value={search.q ?? ""} onChange={(q) => change({ q: q === "" ? undefined : q })} />
        <SeveralChip label="Status" choices={CHOICES} values={CHOICES.map((each) => each.value).filter((each) => search.status?.includes(each))} onChange={(status) => change({ status: status.length === 0 ? undefined : status })} />
        <SeveralChip label="Trigger" choices={TRIGGERS} values={TRIGGERS.map((each) => each.value).filter((each) => search.trigger?.includes(each))} onChange={(trigger) => change({ trigger: trigger.length === 0 ? undefined : trigger })} />
        <JumpTo zone={zone} until={search.until} onJump={(until) => change({ until })} />
        {search.job !== undefined && (
          <Chip onRemove={() => change({ job: undefined })} removeLabel="Runs of all jobs">
            job {search.job}
          </Chip>
        )}
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
        query={pages}
        what="the runs"
        onError={(error) => (error instanceof ApiError && error.status === 404 ? <Empty action={clearButton}>There is no job <em>{search.job}</em>, and there was none.</Empty> : undefined)}
        empty={() => (runs.length > 0 ? null : <Empty action={clearButton}>{clear ? "No run fits these filters." : "Nothing has run yet."}</Empty>)}
      >
        {() => (
          <DataTable
            label="Runs"
            rows={runs}
            columns={columns}
            rowKey={(run) => run.id}
            groupOf={(run) => {
              const day = formatDayHead(run.created_at, zone, now);
              return { key: day, head: day };
            }}
            onEnd={() => {
              if (pages.hasNextPage && !pages.isFetchingNextPage) void pages.fetchNextPage();
            }}
            isMain
          />
        )}
      </Answer>
    </Page>
  );
}

/** What shows the runs that began since the list was asked for; undefined where there are none. They do not come by
 * themselves, for rows would move under the pointer; but an empty list has none to move. */
function useNewer(filters: RunFilters, first: string, isWanted: boolean): (() => void) | undefined {
  const client = useQueryClient();
  const newest = useQuery({ ...runsQuery(filters, 1), enabled: isWanted }).data?.runs[0]?.id;
  const key = runPagesQuery(filters, PAGE).queryKey;
  const isBehind = isWanted && newest !== undefined && newest > first; // ids grow with time
  const show = () => {
    client.setQueryData(key, (old) => old && { pages: old.pages.slice(0, 1), pageParams: old.pageParams.slice(0, 1) });
    void client.invalidateQueries({ queryKey: key, exact: true });
    scrollTo({ top: 0 });
  };
  const isEmpty = first === "";
  const latest = useRef(show);
  useEffect(() => {
    latest.current = show;
  });
  useEffect(() => {
    if (isBehind && isEmpty) latest.current();
  }, [isBehind, isEmpty]);
  useActions(isBehind ? [{ id: "runs.newer", name: "Show newer runs", group: "Runs", run: show }] : []);
  return isBehind && !isEmpty ? show : undefined;
}

/** Jump to a day: the list begins with its last run. */
function JumpTo({ zone, until, onJump }: { readonly zone: string; readonly until: number | undefined; readonly onJump: (until: number | undefined) => void }) {
  return (
    <label className={styles.jump}>
      <span className="muted">Up to</span>
      <input
        type="date"
        value={until === undefined ? "" : formatDay(until - 1, zone)}
        onChange={(event) => {
          const [year, month, day] = event.target.value.split("-").map(Number);
          onJump(year && month && day ? atClock(zone, year, month, day + 1) : undefined);
        }}
      />
    </label>
  );
}

function columnsOf(zone: string): readonly Column<Run>[] {
  return [
    { key: "status", head: "Status", width: "120px", phone: "side", cell: (run) => <StatusText status={run.status} /> },
    {
      key: "job", head: "Job", width: "minmax(140px, 1.4fr)", phone: "lead",
      cell: (run) => (
        <Link to="/runs/$runId" params={{ runId: run.id }} className={styles.job}>
          {run.job_id}
        </Link>
      ),
    },
    { key: "started", head: `Started (${zoneName(zone)})`, width: "132px", phone: "sub", cell: (run) => <Started run={run} /> },
    { key: "took", head: "Took", width: "96px", isNumber: true, phone: "end", cell: (run) => <Took run={run} /> },
    { key: "trigger", head: "Trigger", width: "104px", cell: (run) => <span className="muted">{run.trigger}{run.catchup && ", catch-up"}</span> },
    { key: "error", head: "Why", width: "minmax(0, 2.4fr)", cell: (run) => <span className="cut muted" title={run.error ?? run.reason ?? undefined}>{run.error ?? run.reason}</span> },
    { key: "id", head: "Run", width: "112px", cell: (run) => <RunLink runId={run.id} /> },
  ];
}

function Started({ run }: { readonly run: Run }) {
  return run.started_at === null ? <span className="muted">queued <Time at={run.created_at} /></span> : <Time at={run.started_at} />;
}

function Took({ run }: { readonly run: Run }) {
  if (run.duration_ms !== null) return <Duration ms={run.duration_ms} />;
  return run.started_at === null ? null : <Elapsed since={run.started_at} />;
}
