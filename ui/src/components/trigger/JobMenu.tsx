import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { rerunRun } from "@/api/commands";
import { sayError } from "@/api/errors";
import { toast } from "@/lib/toasts";

import { Button } from "../Button";
import { Icon } from "../Icon";
import { useWhyNot } from "../may";
import { Menu, type MenuItem } from "../Menu";
import { PauseDialog, useResume } from "../PauseDialog";
import { TriggerDialog } from "./TriggerDialog";

interface JobMenuProps {
  readonly jobId: string;
  /** The run that failed, where there is one: it can be run again from there. */
  readonly runId?: string | undefined;
  readonly isPaused?: boolean;
}

/** What can be done with a job from a row of a list. */
export function JobMenu({ jobId, runId, isPaused = false }: JobMenuProps) {
  const [open, setOpen] = useState<"trigger" | "pause" | null>(null);
  const navigate = useNavigate();
  const rerun = useMutation({
    mutationFn: (from: string) => rerunRun(from, "failed"),
    onSuccess: (made) => navigate({ to: "/runs/$runId", params: { runId: made } }),
    onError: (error) => toast(sayError(error), { isBad: true }),
  });
  const resume = useResume([jobId]);
  const disabled = useWhyNot("trigger");
  const items: MenuItem[] = [
    ...(runId === undefined ? [] : [{ id: "rerun", name: "Rerun from failed", disabled, onSelect: () => rerun.mutate(runId) }]),
    { id: "trigger", name: "Trigger…", disabled, onSelect: () => setOpen("trigger") },
    isPaused
      ? { id: "resume", name: "Resume", disabled, onSelect: () => resume.mutate() }
      : { id: "pause", name: "Pause…", disabled, onSelect: () => setOpen("pause") },
  ];
  return (
    <>
      <Menu items={items}>
        <Button look="quiet" aria-label={`Actions for ${jobId}`}>
          <Icon name="more" />
        </Button>
      </Menu>
      {open === "trigger" && <TriggerDialog jobId={jobId} onClose={() => setOpen(null)} />}
      {open === "pause" && <PauseDialog jobs={[jobId]} onClose={() => setOpen(null)} />}
    </>
  );
}
