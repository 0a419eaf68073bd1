import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";

import type { JobDetail } from "@/api/schema";
import { Answer, GhostLines } from "@/components/Answer";
import { Button } from "@/components/Button";
import { ChoiceChip } from "@/components/Chips";
import { CopyButton } from "@/components/CopyButton";
import { Time } from "@/components/Time";
import { useZone } from "@/components/Zone";
import { useNow } from "@/lib/clock";
import { formatTime } from "@/lib/time";

import { definitionQuery } from "./data";
import styles from "./Job.module.css";

const Yaml = lazy(() => import("./Yaml"));

interface DefinitionTabProps {
  readonly job: JobDetail;
  readonly version: string | undefined;
  readonly against: string | undefined;
  readonly onChange: (next: { readonly version?: string | undefined; readonly against?: string | undefined }) => void;
}

/** What its file says, what it said before, and what is different. */
export function DefinitionTab({ job, version, against, onChange }: DefinitionTabProps) {
  const zone = useZone();
  const now = useNow(60_000);
  const shown = useQuery(definitionQuery(job.id, version));
  const other = useQuery({ ...definitionQuery(job.id, against), enabled: against !== undefined });
  return (
    <Answer query={shown} what="the definition">
      {(definition) => {
        const names = definition.versions.map((each) => ({ value: each.hash, name: `${formatTime(each.stored_at, zone, now)}${each.current ? " (current)" : ""} · ${each.hash.slice(0, 8)}` }));
        const at = definition.versions.findIndex((each) => each.hash === definition.hash);
        const before = definition.versions[at + 1];
        return (
          <div className={styles.stack}>
            <div className={styles.bar}>
              <code>{definition.file}</code>
              <span className="muted">
                since <Time at={definition.stored_at} />
                {definition.current ? "" : ", an older version"}
              </span>
              <ChoiceChip label="Version" choices={names} value={version ?? definition.hash} onChange={(next) => onChange({ version: next === definition.versions[0]?.hash ? undefined : next, against })} />
              <ChoiceChip label="Compare with" choices={names.filter((each) => each.value !== definition.hash)} value={against} onChange={(next) => onChange({ version, against: next })} />
              {against === undefined && before && (
                <Button look="quiet" onClick={() => onChange({ version, against: before.hash })}>
                  What changed?
                </Button>
              )}
              <CopyButton text={definition.source} what="the text" />
            </div>
            <Suspense fallback={<GhostLines count={8} />}>
              <Yaml text={definition.source} against={against === undefined ? undefined : other.data?.source} label={`Definition of ${job.id}`} />
            </Suspense>
          </div>
        );
      }}
    </Answer>
  );
}
