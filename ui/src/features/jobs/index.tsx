import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useDeferredValue, useMemo, useState } from "react";

import { jobsQuery, schedulerQuery } from "@/api/queries";
import { useActions } from "@/components/Actions";
import { Answer } from "@/components/Answer";
import { Button } from "@/components/Button";
import { FilterBar, SearchField, SeveralChip } from "@/components/Chips";
import { Empty } from "@/components/Empty";
import { BadFiles } from "@/components/jobstate/BadFiles";
import { FirstUse } from "@/components/jobstate/FirstUse";
import { useWhyNot } from "@/components/may";
import { Page } from "@/components/Page";
import { PauseDialog } from "@/components/PauseDialog";
import { DataTable } from "@/components/table/DataTable";
import { TriggerDialog } from "@/components/trigger/TriggerDialog";
import { formatCount, plural } from "@/lib/duration";
import { defined } from "@/lib/search";

import { columnsOf } from "./columns";
import { filterJobs, sortJobs, STATES, tagsOf, type Job } from "./list";
import type { Search } from "./search";

const route = getRouteApi("/jobs");
const NONE: ReadonlySet<string> = new Set();

/** Are my jobs well? All of them, with their last runs. */
export default function JobsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const jobs = useQuery(jobsQuery());
  const scheduler = useQuery(schedulerQuery());
  const all: readonly Job[] = useMemo(() => jobs.data?.jobs ?? [], [jobs.data]);
  // Typing stays quick with thousands of jobs: the list may come a frame later.
  const wanted = useDeferredValue(search);
  const shown = useMemo(
    () => sortJobs(filterJobs(all, { q: wanted.q, tags: wanted.tag, states: wanted.state }), wanted.sort ?? "name"),
    [all, wanted],
  );
  const ids = useMemo(() => shown.map((job) => job.id), [shown]);
  const places = useMemo(() => new Map(ids.map((id, at) => [id, at])), [ids]);
  const columns = useMemo(() => columnsOf(ids, places), [ids, places]);
  const tags = useMemo(() => tagsOf(all), [all]);
  const [selected, setSelected] = useState<ReadonlySet<string>>(NONE);
  const [dialog, setDialog] = useState<"pause" | "trigger" | null>(null);
  const whyNot = useWhyNot("trigger");
  const chosen = [...selected].filter((id) => places.has(id));
  const [only] = chosen;
  const isFiltered = search.q !== undefined || search.tag !== undefined || search.state !== undefined;
  const change = (more: { readonly [K in keyof Search]?: Search[K] | undefined }) => void navigate({ search: (old) => defined({ ...old, ...more }), replace: true });

  useActions([
    {
      id: "jobs.pause", name: "Pause the selected jobs…", group: "Jobs", keys: ["p"], run: () => setDialog("pause"),
      disabled: whyNot ?? (chosen.length === 0 ? "No job is selected: x selects one" : undefined),
    },
    {
      id: "jobs.trigger", name: "Trigger the selected job…", group: "Jobs", keys: ["t"], run: () => setDialog("trigger"),
      disabled: whyNot ?? (chosen.length === 1 ? undefined : "One job must be selected: x selects one"),
    },
  ]);

  const isFirstUse = jobs.data?.count === 0;
  return (
    <Page
      title="Jobs"
      lead={jobs.data && <span className="muted">{isFiltered ? `${formatCount(shown.length)} of ${formatCount(all.length)}` : formatCount(all.length)}</span>}
      isWide
      actions={
        chosen.length > 0 && (
          <>
            <Button onClick={() => setDialog("pause")} disabledReason={whyNot}>Pause {plural(chosen.length, "job")}…</Button>
            <Button onClick={() => setSelected(NONE)}>Clear selection</Button>
          </>
        )
      }
    >
      {scheduler.data && <BadFiles problems={scheduler.data.problems} />}
      {!isFirstUse && (
        <FilterBar label="Filter jobs" onClear={isFiltered ? () => change({ q: undefined, tag: undefined, state: undefined }) : undefined}>
          <SearchField label="Filter jobs" value={search.q ?? ""} onChange={(q) => change({ q: q === "" ? undefined : q })} />
          {tags.length > 0 && (
            <SeveralChip
              label="Tag"
              choices={tags.map((tag) => ({ value: tag, name: tag }))}
              values={search.tag ?? []}
              onChange={(tag) => change({ tag: tag.length === 0 ? undefined : tag })}
            />
          )}
          <SeveralChip
            label="State"
            choices={STATES}
            values={STATES.map((each) => each.value).filter((each) => search.state?.includes(each))}
            onChange={(state) => change({ state: state.length === 0 ? undefined : state })}
          />
        </FilterBar>
      )}
      <Answer
        query={jobs}
        what="the jobs"
        empty={() => (isFirstUse ? <FirstUse /> : shown.length === 0 ? <NoMatch search={search} onClear={() => change({ q: undefined, tag: undefined, state: undefined })} /> : null)}
      >
        {() => (
          <DataTable
            label="Jobs"
            rows={shown}
            columns={columns}
            rowKey={(job) => job.id}
            sort={search.sort ?? "name"}
            onSort={(sort) => change({ sort: sort === "name" ? undefined : sort })}
            selected={selected}
            onSelect={setSelected}
            look={(job) => (job.enabled && !job.removed ? undefined : "faint")}
            isMain
          />
        )}
      </Answer>
      {dialog === "pause" && chosen.length > 0 && <PauseDialog jobs={chosen} onClose={() => setDialog(null)} />}
      {dialog === "trigger" && only !== undefined && <TriggerDialog jobId={only} onClose={() => setDialog(null)} />}
    </Page>
  );
}

interface NoMatchProps {
  readonly search: Search;
  readonly onClear: () => void;
}

/** "No job matches *etl* with tag *nightly*." */
function NoMatch({ search, onClear }: NoMatchProps) {
  const states = STATES.filter((each) => search.state?.includes(each.value)).map((each) => each.name);
  return (
    <Empty action={<Button onClick={onClear}>Clear filters</Button>}>
      No job {search.q === undefined ? "is there" : <>matches <em>{search.q}</em></>}
      {search.tag && <> with tag <em>{search.tag.join(" or ")}</em></>}
      {states.length > 0 && <> that is <em>{states.join(" or ")}</em></>}.
    </Empty>
  );
}
