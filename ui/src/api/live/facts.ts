/** What happened, as the event stream tells it. */

import type { Run, TaskRun } from "../schema";
import type { ServerEvent } from "./parse";

/** A fact: its type in snake case and its members. Which of them there are depends on the type. */
export interface Fact {
  readonly type: string;
  readonly at: number;
  readonly run_id?: string;
  readonly job_id?: string;
  readonly task_id?: string;
  readonly attempt?: number;
  readonly reason?: string | null;
  readonly error?: string | null;
  /** The run as it is now: facts about a run have it. */
  readonly run?: Run;
  /** The task run as it is now: facts about a task have it. */
  readonly task?: TaskRun;
  readonly added?: readonly string[];
  readonly changed?: readonly string[];
  readonly removed?: readonly string[];
  readonly stale?: readonly string[];
}

/** A fact, the number of the change that made it, and its place among those of the same change. */
export interface Numbered {
  readonly fact: Fact;
  readonly change: number;
  readonly number: number;
}

/** Read an event; undefined for one that is no fact. */
export function factOf(event: ServerEvent): Numbered | undefined {
  if (event.event === "" || event.event === "reset" || event.data === "") return undefined;
  const [change, number] = numbersOf(event.id);
  const fact = JSON.parse(event.data) as Fact;
  return { fact: { ...fact, type: event.event }, change, number };
}

/** The two numbers of an event's id; they grow, the first one foremost. */
export function numbersOf(id: string): [change: number, number: number] {
  const [change = "", number = ""] = id.split("-");
  return [Number.parseInt(change, 10) || 0, Number.parseInt(number, 10) || 0];
}

/** Say whether an id stands for something later than another. */
export function isLater(id: string, than: string): boolean {
  const [change, number] = numbersOf(id);
  const [otherChange, otherNumber] = numbersOf(than);
  return change > otherChange || (change === otherChange && number > otherNumber);
}

/** What happened since the last look, all at once: who shows something asks here whether it is touched. */
export class Facts {
  readonly #runs = new Map<string, Run>();
  readonly #tasks = new Map<string, TaskRun>();
  readonly #jobs = new Set<string>();
  readonly #runIds = new Set<string>();
  readonly #types = new Set<string>();

  constructor(readonly all: readonly Fact[]) {
    for (const fact of all) {
      this.#types.add(fact.type);
      if (fact.run) this.#runs.set(fact.run.id, fact.run);
      if (fact.task) this.#tasks.set(`${fact.task.run_id} ${fact.task.task_id}`, fact.task);
      if (fact.run_id !== undefined) this.#runIds.add(fact.run_id);
      if (fact.job_id !== undefined) this.#jobs.add(fact.job_id);
      for (const id of [...(fact.added ?? []), ...(fact.changed ?? []), ...(fact.removed ?? []), ...(fact.stale ?? [])])
        this.#jobs.add(id);
    }
  }

  /** The newest row of a run, where a fact had it. */
  run(id: string): Run | undefined {
    return this.#runs.get(id);
  }

  /** The newest row of a task of a run, where a fact had it. */
  task(runId: string, taskId: string): TaskRun | undefined {
    return this.#tasks.get(`${runId} ${taskId}`);
  }

  /** The newest rows of all runs that something happened to. */
  get runs(): IterableIterator<Run> {
    return this.#runs.values();
  }

  /** Jobs that something happened to: a run, a due time, a pause, the file. */
  get jobs(): ReadonlySet<string> {
    return this.#jobs;
  }

  touchesRun(id: string): boolean {
    return this.#runIds.has(id);
  }

  touchesJob(id: string): boolean {
    return this.#jobs.has(id);
  }

  /** Say whether something of these types happened; a type that ends in `_` stands for all that begin so. */
  has(...types: readonly string[]): boolean {
    return types.some((type) =>
      type.endsWith("_") ? [...this.#types].some((each) => each.startsWith(type)) : this.#types.has(type),
    );
  }

  /** Something began, ended or was queued: lists of runs have other rows now. */
  get movesRuns(): boolean {
    return this.has("run_");
  }
}
