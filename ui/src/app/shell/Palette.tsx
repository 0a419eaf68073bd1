import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";
import { useDeferredValue, useMemo, useState } from "react";

import { jobsQuery, runsQuery } from "@/api/queries";
import { useAllActions } from "@/components/Actions";
import { useModal } from "@/components/Dialog";
import { Icon } from "@/components/Icon";
import { Keys } from "@/components/Keys";
import { StatusMark } from "@/components/Status";
import { Time } from "@/components/Time";

import { answersOf, type Entry } from "./entries";
import styles from "./Palette.module.css";

/** Finds jobs, recent runs, pages, and everything that can be done here. */
export function Palette({ onClose }: { readonly onClose: () => void }) {
  const dialog = useModal();
  const navigate = useNavigate();
  const actions = useAllActions();
  const jobs = useQuery(jobsQuery()).data?.jobs;
  const runs = useQuery(runsQuery({}, 50)).data?.runs;
  const [text, setText] = useState("");
  const query = useDeferredValue(text);
  const groups = useMemo(() => answersOf(query, actions, jobs ?? [], runs ?? []), [query, actions, jobs, runs]);

  const choose = (entry: Entry) => {
    if (entry.kind === "action" && entry.action.disabled !== undefined) return;
    dialog.current?.close(); // the focus is back where it was before anything else takes it
    if (entry.kind === "action") entry.action.run();
    else if (entry.kind === "job") void navigate({ to: "/jobs/$jobId", params: { jobId: entry.job.id } });
    else void navigate({ to: "/runs/$runId", params: { runId: entry.run.id } });
  };

  return (
    <dialog ref={dialog} className={styles.dialog} aria-label="Search and commands" onClose={onClose} closedby="any">
      <Command label="Search and commands" shouldFilter={false} loop className={styles.command}>
        <div className={styles.field}>
          <Icon name="search" />
          <Command.Input value={text} onValueChange={setText} placeholder="Job, run, page or command" data-first />
        </div>
        <Command.List className={styles.list}>
          <Command.Empty className={styles.empty}>Nothing is called “{query}”.</Command.Empty>
          {groups.map(([name, entries]) => (
            <Command.Group key={name} heading={name} className={styles.group}>
              {entries.map((entry) => (
                <Command.Item
                  key={entry.id}
                  value={entry.id}
                  className={styles.item}
                  disabled={entry.kind === "action" && entry.action.disabled !== undefined}
                  onSelect={() => choose(entry)}
                >
                  <Shown entry={entry} />
                </Command.Item>
              ))}
            </Command.Group>
          ))}
        </Command.List>
      </Command>
    </dialog>
  );
}

function Shown({ entry }: { readonly entry: Entry }) {
  if (entry.kind === "job")
    return (
      <>
        <StatusMark status={entry.job.last_run?.status ?? "pending"} />
        <span className={styles.name}>
          {entry.job.id} {entry.job.name !== entry.job.id && <span className="muted">{entry.job.name}</span>}
        </span>
        <span className={styles.more}>{entry.job.tags.join(" ")}</span>
      </>
    );
  if (entry.kind === "run")
    return (
      <>
        <StatusMark status={entry.run.status} />
        <span className={styles.name}>
          {entry.run.job_id} <span className="muted">{entry.run.status}</span>
        </span>
        <span className={styles.more}>
          <Time at={entry.run.started_at ?? entry.run.created_at} />
        </span>
      </>
    );
  const { name, disabled, keys } = entry.action;
  return (
    <>
      <Icon name="right" />
      <span className={styles.name}>
        {name} {disabled !== undefined && <span className="muted">{disabled}</span>}
      </span>
      {keys?.[0] !== undefined && <Keys keys={keys[0]} />}
    </>
  );
}
