/** Why a due time did not run, as a sentence with its evidence: what the ledger's rows say to people. */

import { formatDuration, plural } from "./duration";

/** A piece of a sentence: words, or something that can be opened or shown in the reader's zone. */
export type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "run"; readonly runId: string }
  | { readonly kind: "job"; readonly jobId: string }
  | { readonly kind: "time"; readonly at: number };

/** What a sentence is made of: a row of the ledger, or a due time to come. */
export interface Why {
  readonly reason: string | null;
  readonly evidence: Readonly<Record<string, unknown>> | null;
}

const text = (words: string): Piece => ({ kind: "text", text: words });
const time = (at: number): Piece => ({ kind: "time", at });

const asNumber = (value: unknown): number | null => (typeof value === "number" ? value : null);
const asText = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);
const asTexts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];

/** Write the reason: no capital, no full stop, so that it may stand after "Skipped 02:00:". */
export function sayWhy({ reason, evidence }: Why): Piece[] {
  if (reason === null) return [];
  const say = SENTENCES[reason];
  return say ? say(evidence ?? {}) : [text(reason.replaceAll("_", " "))];
}

type Evidence = Readonly<Record<string, unknown>>;

const SENTENCES: Readonly<Record<string, (evidence: Evidence) => Piece[]>> = {
  disabled: () => [text("the job is disabled in its file")],
  paused: (evidence) => pause("the scheduler was paused", evidence),
  job_paused: (evidence) => pause("the job was paused", evidence),
  dependency: dependency,
  overlap: overlap,
  queue_full: (evidence) => [text(`${plural(asNumber(evidence.pending) ?? asNumber(evidence.limit) ?? 0, "run")} of it waited already`)],
  same_instant: (evidence) => [
    text("another schedule of the job was due at the same moment"),
    ...link(asText(evidence.run_id)),
  ],
  down: (evidence) => [text("Petit was down"), ...span(evidence), ...madeUp(evidence)],
  asleep: (evidence) => [text("the machine was asleep"), ...span(evidence), ...madeUp(evidence)],
  schedule_changed: () => [text("the schedule was changed while Petit was down")],
  catchup_limit: () => [text("only the oldest 100 are made up for")],
};

function pause(words: string, evidence: Evidence): Piece[] {
  const since = asNumber(evidence.since);
  const until = asNumber(evidence.until);
  const why = asText(evidence.reason);
  return [
    text(words),
    ...(since === null ? [] : [text(" since "), time(since)]),
    ...(until === null ? [] : [text(", until "), time(until)]),
    ...(why === null ? [] : [text(`: ${why}`)]),
  ];
}

function dependency(evidence: Evidence): Piece[] {
  const unmet = Array.isArray(evidence.dependencies) ? (evidence.dependencies as Evidence[]) : [];
  const pieces: Piece[] = [];
  for (const each of unmet) {
    const job = asText(each.job);
    if (job === null) continue;
    if (pieces.length > 0) pieces.push(text("; "));
    pieces.push(text("it needs "), { kind: "job", jobId: job }, text(`: ${asText(each.reason) ?? "its condition did not hold"}`));
    pieces.push(...link(asText(each.last_run)));
  }
  return pieces.length > 0 ? pieces : [text("a job that it needs was not done")];
}

function overlap(evidence: Evidence): Piece[] {
  const running = asTexts(evidence.running);
  const limit = asNumber(evidence.max_concurrency);
  const count = asNumber(evidence.running_runs) ?? running.length;
  const room = limit === null ? "" : ` (${count} of ${limit})`;
  return [text(`${count > 1 ? "earlier runs were" : "the run before was"} still going${room}`), ...link(running[0] ?? null)];
}

function link(runId: string | null): Piece[] {
  return runId === null ? [] : [text(", "), { kind: "run", runId }];
}

function span(evidence: Evidence): Piece[] {
  const since = asNumber(evidence.since);
  const until = asNumber(evidence.until);
  if (until === null) return [];
  if (since === null) return [text(" until "), time(until)];
  return [text(" from "), time(since), text(" to "), time(until), text(` (${formatDuration(until - since)})`)];
}

function madeUp(evidence: Evidence): Piece[] {
  switch (evidence.catchup) {
    case "none":
      return [text("; the job makes up for nothing")];
    case "last":
      return [text("; only the last one is made up for")];
    default:
      return [];
  }
}

/** The sentence as plain text; `at` writes a time. */
export function plainWhy(why: Why, at: (time: number) => string): string {
  return sayWhy(why)
    .map((piece) => {
      switch (piece.kind) {
        case "text":
          return piece.text;
        case "run":
          return `run ${piece.runId.slice(0, 8)}…`;
        case "job":
          return piece.jobId;
        case "time":
          return at(piece.at);
      }
    })
    .join("");
}
