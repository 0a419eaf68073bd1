import type { JobSummary } from "@/api/schema";

import { Chip } from "../Chips";

/** What is out of the ordinary with a job: removed, stale, paused, disabled. */
export function JobBadges({ job }: { readonly job: Pick<JobSummary, "removed" | "stale" | "paused" | "enabled" | "pause"> }) {
  return (
    <>
      {job.removed && <Chip tone="neutral">removed</Chip>}
      {job.stale && (
        <span data-tip="Its file has errors: the last good version runs.">
          <Chip tone="failed">stale</Chip>
        </span>
      )}
      {job.paused && (
        <span data-tip={job.pause?.reason ?? "Nothing starts by its schedule."}>
          <Chip tone="retrying">paused</Chip>
        </span>
      )}
      {!job.enabled && <Chip tone="neutral">disabled</Chip>}
    </>
  );
}
