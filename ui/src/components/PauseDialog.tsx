import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { post } from "@/api/client";
import { pauseJob, resumeJob } from "@/api/commands";
import { sayError } from "@/api/errors";
import { now } from "@/lib/clock";
import { plural } from "@/lib/duration";
import { toast } from "@/lib/toasts";

import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { Field, FieldError } from "./Field";
import styles from "./PauseDialog.module.css";

const HOUR = 3_600_000;
const SPANS = [
  { name: "until resumed", ms: undefined },
  { name: "1 hour", ms: HOUR },
  { name: "4 hours", ms: 4 * HOUR },
  { name: "24 hours", ms: 24 * HOUR },
] as const;

/** Name what is paused or resumed: the scheduler where no jobs are given. */
export function nameOf(jobs: readonly string[] | undefined): string {
  if (jobs === undefined) return "the scheduler";
  return jobs.length === 1 ? (jobs[0] ?? "") : plural(jobs.length, "job");
}

/** Asks why and for how long the scheduler, or one job or some, shall start nothing by schedule. */
export function PauseDialog({ jobs, onClose }: { readonly jobs?: readonly string[]; readonly onClose: () => void }) {
  const [reason, setReason] = useState("");
  const [span, setSpan] = useState<(typeof SPANS)[number]>(SPANS[0]);
  const pause = useMutation({
    mutationFn: async () => {
      const body = { reason: reason.trim() === "" ? null : reason.trim(), until: span.ms === undefined ? null : now() + span.ms };
      if (jobs === undefined) await post("/api/scheduler/pause", { body });
      // One after the other: a thousand at once would keep every other question waiting.
      else for (const jobId of jobs) await pauseJob(jobId, body);
    },
    onSuccess: () => {
      toast(`Paused ${nameOf(jobs)} ${span.ms === undefined ? span.name : `for ${span.name}`}`);
      onClose();
    },
  });
  return (
    <Dialog
      title={`Pause ${nameOf(jobs)}`}
      onClose={onClose}
      onSubmit={() => pause.mutate()}
      foot={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button type="submit" look="primary" disabledReason={pause.isPending ? "It is being done" : undefined}>
            Pause
          </Button>
        </>
      }
    >
      <p className="muted">Nothing starts by schedule meanwhile. What runs goes on, and runs can be started by hand.</p>
      <Field label="Reason" value={reason} onChange={setReason} maxLength={1000} hint="Others will see it." data-first />
      <fieldset className={styles.spans}>
        <legend>How long</legend>
        {SPANS.map((each) => (
          <label key={each.name}>
            <input type="radio" name="span" checked={span === each} onChange={() => setSpan(each)} />
            {each.name}
          </label>
        ))}
      </fieldset>
      {pause.error && <FieldError>{sayError(pause.error)}</FieldError>}
    </Dialog>
  );
}

/** Let the scheduler, or jobs, go on. */
export function useResume(jobs?: readonly string[]) {
  return useMutation({
    mutationFn: async () => {
      if (jobs === undefined) await post("/api/scheduler/resume");
      else for (const jobId of jobs) await resumeJob(jobId);
    },
    onSuccess: () => toast(`Resumed ${nameOf(jobs)}`),
    onError: (error) => toast(sayError(error), { isBad: true }),
  });
}
