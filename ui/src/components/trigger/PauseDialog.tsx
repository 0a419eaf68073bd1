import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { pauseJob } from "@/api/commands";
import { sayError } from "@/api/errors";
import { now } from "@/lib/clock";
import { plural } from "@/lib/duration";
import { toast } from "@/lib/toasts";

import { Button } from "../Button";
import { Dialog } from "../Dialog";
import { Field, FieldError } from "../Field";
import styles from "./Trigger.module.css";

const HOUR = 3_600_000;
const LENGTHS: readonly (readonly [name: string, ms: number | null])[] = [
  ["until resumed", null],
  ["1 h", HOUR],
  ["8 h", 8 * HOUR],
  ["1 d", 24 * HOUR],
];

/** Pause one or several jobs: nothing starts by their schedules; by hand they still run. */
export function PauseDialog({ jobIds, onClose }: { readonly jobIds: readonly string[]; readonly onClose: () => void }) {
  const [reason, setReason] = useState("");
  const [length, setLength] = useState<number | null>(null);
  const [only] = jobIds;
  const words = jobIds.length === 1 && only !== undefined ? only : plural(jobIds.length, "job");
  const pause = useMutation({
    mutationFn: async () => {
      const until = length === null ? undefined : now() + length;
      for (const jobId of jobIds) await pauseJob(jobId, { reason: reason === "" ? undefined : reason, until });
    },
    onSuccess: () => {
      toast(`${words} paused.`);
      onClose();
    },
  });
  return (
    <Dialog
      title={`Pause ${words}`}
      onClose={onClose}
      onSubmit={() => pause.mutate()}
      foot={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button type="submit" look="primary" data-first disabledReason={pause.isPending ? "It is being done" : undefined}>
            Pause
          </Button>
        </>
      }
    >
      <p className="muted">Nothing starts by schedule. What runs goes on, and by hand it can still be triggered.</p>
      <Field label="Reason" value={reason} onChange={setReason} maxLength={200} hint="Optional. The ledger names it." />
      <fieldset className={styles.choices}>
        <legend>For</legend>
        {LENGTHS.map(([name, ms]) => (
          <label key={name}>
            <input type="radio" name="length" checked={length === ms} onChange={() => setLength(ms)} />
            {name}
          </label>
        ))}
      </fieldset>
      {pause.error && <FieldError>{sayError(pause.error)}</FieldError>}
    </Dialog>
  );
}
