import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { jobsQuery, schedulerQuery } from "@/api/queries";
import type { AttentionList } from "@/api/schema";
import { FirstUse } from "@/components/jobstate/FirstUse";
import { BadFiles } from "@/components/jobstate/BadFiles";
import { Page } from "@/components/Page";
import { now as currentTime, useNow } from "@/lib/clock";

import { Attention } from "./Attention";
import { activeRunsQuery, attentionQuery, nextQuery, STRIP_MS } from "./data";
import { Health } from "./Health";
import { Next } from "./Next";
import styles from "./Overview.module.css";
import { Running } from "./Running";

const STEP_MS = 10 * 60_000;

/** What needs me? What is broken, what runs, what comes; and whether Petit itself is well. */
export default function OverviewPage() {
  const attention = useQuery(attentionQuery());
  const jobs = useQuery(jobsQuery());
  const scheduler = useQuery(schedulerQuery());
  const active = useQuery(activeRunsQuery());
  // Due times are asked for to a round moment, so that the question stays the same for a while.
  const [begun] = useState(currentTime);
  const now = useNow(60_000);
  const until = Math.ceil((Math.max(begun, now) + STRIP_MS) / STEP_MS) * STEP_MS;
  const next = useQuery(nextQuery(until));
  const isFirstUse = jobs.data?.count === 0 && (scheduler.data?.problems.length ?? 0) === 0;
  const worst = worstOf(attention.data);
  return (
    <Page title="Overview" tabTitle={worst ?? "Petit"} state={worst === undefined ? undefined : "failed"}>
      {scheduler.data && <BadFiles problems={scheduler.data.problems} />}
      {isFirstUse ? (
        <FirstUse />
      ) : (
        <>
          <Attention query={attention} />
          <div className={styles.columns}>
            <Running query={active} jobs={jobs.data?.jobs} />
            <Next query={next} jobs={jobs.data?.jobs} until={until} />
          </div>
        </>
      )}
      <Health state={scheduler.data} />
    </Page>
  );
}

/** What the title bar says while somebody looks elsewhere. */
function worstOf(list: AttentionList | undefined): string | undefined {
  const failing = list?.attention.filter((item) => item.kind === "failing") ?? [];
  const [first] = failing;
  if (!first) return undefined;
  return failing.length === 1 ? `✕ ${first.job_id} failed` : `✕ ${failing.length} jobs failed`;
}
