import { useQuery } from "@tanstack/react-query";

import { runsQuery } from "@/api/queries";
import { Page } from "@/components/Page";
import { StatusText } from "@/components/Status";
import { Time } from "@/components/Time";
import { RunLink } from "@/components/Why";

import { createdAt } from "./missing";

/** No run has this id: its nearest ones, by when they were created. */
export function Missing({ runId }: { readonly runId: string }) {
  const at = createdAt(runId);
  const near = useQuery(runsQuery(at === undefined ? {} : { until: at + 60_000 }, 5)).data?.runs ?? [];
  return (
    <Page title="No such run">
      <p>
        No run <code>{runId}</code>. It may have been deleted by retention.
      </p>
      {near.length > 0 && (
        <>
          <p>{at === undefined ? "The newest runs:" : "The nearest ones:"}</p>
          <ul>
            {near.map((run) => (
              <li key={run.id}>
                <RunLink runId={run.id}>
                  <span className="mono">{run.id}</span>
                </RunLink>{" "}
                {run.job_id} <StatusText status={run.status} /> <Time at={run.created_at} />
              </li>
            ))}
          </ul>
        </>
      )}
    </Page>
  );
}
