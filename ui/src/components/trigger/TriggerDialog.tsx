import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { triggerJob, type Trigger } from "@/api/commands";
import { toast } from "@/lib/toasts";

import { Button } from "../Button";
import { Dialog } from "../Dialog";
import { Field } from "../Field";
import { RunLink } from "../Why";
import { refusalOf } from "./refusal";
import styles from "./Trigger.module.css";

interface TriggerDialogProps {
  readonly jobId: string;
  readonly onClose: () => void;
  /** Open the new run when it was accepted. */
  readonly isOpening?: boolean;
}

/** Start a run by hand. Where it is refused, it says what is in the way, and offers to wait for it. */
export function TriggerDialog({ jobId, onClose, isOpening = true }: TriggerDialogProps) {
  const [reason, setReason] = useState("");
  const navigate = useNavigate();
  const trigger = useMutation({
    mutationFn: (more: Trigger) => triggerJob(jobId, { ...(reason === "" ? {} : { reason }), ...more }),
    onSuccess: (made) => {
      const link = { href: `/runs/${made.run_id}`, name: "Open the run" };
      toast(made.status === "pending" ? `${jobId} waits for a slot.` : `${jobId} was triggered.`, { link });
      onClose();
      if (isOpening) void navigate({ to: "/runs/$runId", params: { runId: made.run_id } });
    },
  });
  const refusal = trigger.error ? refusalOf(trigger.error, jobId) : undefined;
  const pending = trigger.isPending ? "The scheduler is being asked" : undefined;
  return (
    <Dialog
      title={`Trigger ${jobId}`}
      onClose={onClose}
      onSubmit={() => trigger.mutate({})}
      foot={
        <>
          <Button onClick={onClose}>Close</Button>
          {refusal?.mayQueue && (
            <Button onClick={() => trigger.mutate({ queue: true })} disabledReason={pending}>
              Queue it
            </Button>
          )}
          <Button type="submit" look="primary" data-first disabledReason={pending}>
            Trigger
          </Button>
        </>
      }
    >
      <Field label="Reason" value={reason} onChange={setReason} maxLength={200} hint="Optional. It is stored with the run." error={refusal?.fields.get("/reason")} />
      {refusal && (
        <div className={styles.refusal} role="alert">
          <p>{refusal.sentence}</p>
          {refusal.holders.length > 0 && (
            <p>
              In the way:{" "}
              {refusal.holders.slice(0, 5).map((runId) => (
                <span key={runId} className={styles.holder}>
                  <RunLink runId={runId} />
                </span>
              ))}
              {refusal.holders.length > 5 && `and ${refusal.holders.length - 5} more`}
            </p>
          )}
        </div>
      )}
    </Dialog>
  );
}
