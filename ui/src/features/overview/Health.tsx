import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import type { SchedulerState } from "@/api/schema";
import { Section } from "@/components/Panel";
import { formatBytes, formatCount, formatDuration, plural } from "@/lib/duration";

import styles from "./Overview.module.css";

/** Whether Petit itself is well, in five figures. */
export function Health({ state }: { readonly state: SchedulerState | undefined }) {
  if (!state) return null;
  const figures: (readonly [name: string, value: ReactNode, tone?: string | undefined])[] = [
    ["Lag", state.lag_ms === null ? "–" : formatDuration(state.lag_ms), state.lag_ms !== null && state.lag_ms > 1_000 ? "bad" : undefined],
    ["Running", state.max_jobs === null ? formatCount(state.running_runs) : `${state.running_runs} of ${state.max_jobs}`],
    ["Waiting", formatCount(state.queued_runs)],
  ];
  figures.push(["Runs in 24 h", formatCount(state.last_day.runs)]);
  figures.push(["Failed in 24 h", formatCount(state.last_day.failed), state.last_day.failed > 0 ? "bad" : undefined]);
  if (state.disk) {
    const isLow = state.disk.free_bytes < state.disk.total_bytes / 20;
    figures.push(["Disk free", formatBytes(state.disk.free_bytes), isLow ? "bad" : undefined]);
  }
  return (
    <Section title="Scheduler" aside={<Link to="/scheduler">{plural(state.jobs, "job")}</Link>}>
      <dl className={styles.figures}>
        {figures.map(([name, value, tone]) => (
          <div key={name} data-tone={tone}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}
