import { useMemo, useRef, useState } from "react";

import type { Attempt, TaskRun } from "@/api/schema";
import { removedAt, sayError } from "@/api/errors";
import { Button } from "@/components/Button";
import { StatusMark } from "@/components/Status";
import { Time } from "@/components/Time";
import { isBad } from "@/lib/status";

import { Downloads } from "./Downloads";
import { FindBar, type Finding } from "./FindBar";
import styles from "./Log.module.css";
import { useLogActions } from "./keys";
import { LogBox, type LogHandle } from "./LogBox";
import { logTimes, logWrap } from "./settings";
import type { StreamChoice } from "./opening";
import { useLog } from "./useLog";
import { endOf, withoutAttempt } from "./words";
import { useStored } from "@/lib/stored";
import { formatBytes, formatCount } from "@/lib/duration";
import { classes } from "@/lib/classes";

/** What the address says of the log. */
export interface LogChoice {
  readonly attempt?: number | undefined;
  readonly stream?: StreamChoice | undefined;
  readonly at?: string | undefined;
  readonly log?: "full" | undefined;
}

export interface LogPanelProps {
  readonly task: TaskRun;
  /** Its attempts, oldest first. */
  readonly attempts: readonly Attempt[];
  readonly choice: LogChoice;
  readonly onChoose: (choice: LogChoice) => void;
  /** Whether the keys of logs are for this one. */
  readonly hasKeys?: boolean;
}

const STREAMS: readonly (readonly [StreamChoice, string, string])[] = [
  ["stdout", "stdout", "1"],
  ["stderr", "stderr", "2"],
  ["combined", "both", "3"],
];

/** The output of a task: its attempts as tabs, its streams, and all that can be done with them. */
export function LogPanel({ task, attempts, choice, onChoose, hasKeys = true }: LogPanelProps) {
  const attempt = attempts.find((each) => each.number === choice.attempt) ?? attempts.at(-1);
  const box = useRef<LogHandle>(null);
  const [tail, setTail] = useState(5_000);
  const [round, setRound] = useState(0);
  const [finding, setFinding] = useState<Finding | null>(null);
  const [follow, setFollow] = useState({ isFollowing: false, newLines: 0 });
  const wrap = useStored(logWrap);
  const times = useStored(logTimes);
  const isLive = attempt?.status === "running";
  const number = attempt?.number;
  const whose = useMemo(
    () => (number === undefined ? undefined : { runId: task.run_id, taskId: task.task_id, attempt: number }),
    [task.run_id, task.task_id, number],
  );
  const { log, failure } = useLog(whose, choice.stream, isLive, attempt !== undefined && isBad(attempt.status), tail, round);
  const isFull = choice.log === "full";
  const actions = {
    follow: () => box.current?.toEnd(),
    error: (step: 1 | -1) => void box.current?.toError(step),
    find: () => {
      box.current?.letGo();
      setFinding((before) => before ?? { text: "", isRegex: false, isFiltered: false });
    },
    stream: (stream: StreamChoice) => onChoose({ stream, at: undefined }),
    wrap: () => logWrap.set(!wrap),
    times: () => logTimes.set(times === "off" ? "relative" : times === "relative" ? "absolute" : "off"),
    full: () => onChoose({ log: isFull ? undefined : "full" }),
    leave: isFull ? () => onChoose({ log: undefined }) : undefined,
  };
  useLogActions(actions, hasKeys);
  const end = attempt && endOf(attempt);
  const gone = removedAt(failure);
  const isEmpty = log?.isLive === false && log.sizes.stdout + log.sizes.stderr === 0 && log.doc.size === 0;
  return (
    <section className={styles.panel} data-full={isFull || undefined} aria-label={`Log of ${task.task_id}`}>
      <div className={styles.bar}>
        <span className={classes(styles.name, "cut")}>{task.task_id}</span>
        {attempts.length > 1 && <Attempts attempts={attempts} chosen={attempt} onChoose={(number) => onChoose({ attempt: number, at: undefined })} />}
        <span className={styles.spring} />
        <div className={styles.group} role="group" aria-label="Stream">
          {STREAMS.map(([stream, word, key]) => (
            <button key={stream} type="button" aria-pressed={log?.choice === stream} title={`${word} (${key})`} onClick={() => actions.stream(stream)}>
              {word}
            </button>
          ))}
        </div>
        <div className={styles.group} role="group" aria-label="Log">
          <button type="button" title="Previous error (E)" aria-label="Previous error" onClick={() => actions.error(-1)}>
            ↑✕
          </button>
          <button type="button" title="Next error (e)" aria-label="Next error" onClick={() => actions.error(1)}>
            ↓✕
          </button>
          <button type="button" title="Find (/)" aria-pressed={finding !== null} onClick={() => (finding ? setFinding(null) : actions.find())}>
            Find
          </button>
          <button type="button" title="Times (T)" aria-pressed={times !== "off"} onClick={actions.times}>
            {times === "off" ? "Times" : times}
          </button>
          <button type="button" title="Wrap lines (W)" aria-pressed={wrap} onClick={actions.wrap}>
            Wrap
          </button>
          <button type="button" title="Full screen (L)" aria-pressed={isFull} onClick={actions.full}>
            Full
          </button>
        </div>
        {whose && <Downloads whose={whose} />}
      </div>
      {finding && log ? (
        <FindBar log={log} finding={finding} onChange={setFinding} onHit={(hit) => box.current?.toHit(hit)} onClose={() => setFinding(null)} />
      ) : null}
      <div className={styles.frame}>
        {attempt === undefined ? (
          <p className={styles.note}>{withoutAttempt(task)}</p>
        ) : gone !== undefined ? (
          <p className={styles.note}>
            Removed by retention on <Time at={gone} />.
          </p>
        ) : failure !== null ? (
          <div className={styles.note} role="alert">
            <p>Could not load the log. {sayError(failure)}</p>
            <Button onClick={() => setRound(round + 1)}>Try again</Button>
          </div>
        ) : isEmpty ? (
          <p className={styles.note}>No output.</p>
        ) : (
          log && (
            <LogBox
              key={`${attempt.id}/${log.choice}/${tail}/${round}`}
              ref={box}
              log={log}
              began={attempt.started_at}
              at={choice.at}
              find={finding}
              wrap={wrap}
              times={times}
              onFollow={setFollow}
              onChoose={(stream, at) => onChoose({ attempt: attempt.number, stream, at })}
            />
          )
        )}
        {log?.isLive && !follow.isFollowing && (
          <Button className={styles.resume} look="primary" onClick={actions.follow}>
            Follow{follow.newLines > 0 && ` · ${formatCount(follow.newLines)} new lines`}
          </Button>
        )}
      </div>
      <div className={styles.end}>
        {end !== null && end !== undefined && attempt ? (
          <strong data-tone={isBad(attempt.status) ? "failed" : undefined}>{end}</strong>
        ) : (
          attempt && <span>{follow.isFollowing ? "Following" : "Running"}</span>
        )}
        {log && <span>{formatBytes(log.choice === "combined" ? log.sizes.stdout + log.sizes.stderr : log.doc.size)}</span>}
        {log?.choice === "combined" && <CombinedNote tail={log.tail} onMore={() => setTail(tail * 4)} />}
      </div>
    </section>
  );
}

function CombinedNote({ tail, onMore }: { readonly tail: number | undefined; readonly onMore: () => void }) {
  if (tail === undefined) return <span title="Lines written between two looks at the files stand with stdout first.">order of writing, approximate where both were written at once</span>;
  return (
    <span>
      the last {formatCount(tail)} lines of each stream · <button type="button" onClick={onMore}><u>show more</u></button> · choose one stream to see all of it
    </span>
  );
}

function Attempts({ attempts, chosen, onChoose }: { readonly attempts: readonly Attempt[]; readonly chosen: Attempt | undefined; readonly onChoose: (number: number) => void }) {
  return (
    <div className={classes(styles.group, styles.attempts)} role="group" aria-label="Attempt">
      {[...attempts].reverse().map((each) => (
        <button key={each.number} type="button" aria-pressed={each === chosen} aria-label={`Attempt ${each.number}, ${each.status}`} onClick={() => onChoose(each.number)}>
          <StatusMark status={each.status} size={12} />
          {each.number}
        </button>
      ))}
    </div>
  );
}
