/** How what happens reaches what is shown: each query says what touches it, in its `meta`. */

import type { Query, QueryClient } from "@tanstack/react-query";

import type { Run, TaskRun } from "../schema";
import { setConnection } from "./connection";
import { Entities } from "./entities";
import { Facts, factOf, numbersOf, type Numbered } from "./facts";
import { follow } from "./leader";
import type { ServerEvent } from "./parse";

/** What a query says of itself. Both are called once for all facts that came together. */
export interface Live<Data> {
  /** Return the data as it is after the facts; the same object where they do not touch it. */
  readonly patch?: (data: Data, facts: Facts) => Data;
  /** Say whether only asking again can tell what is true now. */
  readonly refetch?: (facts: Facts, data: Data) => boolean;
  /** At most one asking in this time, in milliseconds; 400 unless said. */
  readonly everyMs?: number;
}

declare module "@tanstack/react-query" {
  interface Register {
    queryMeta: { readonly live?: Live<never> };
  }
}

/** The `meta` of a query that is kept true by facts. */
export function live<Data>(what: Live<Data>): { readonly live: Live<never> } {
  return { live: what as unknown as Live<never> };
}

const EVERY_MS = 400;

/** The newest rows that facts told of. */
export const runs = new Entities<Run>();
export const tasks = new Entities<TaskRun>();
let seen = 0;

/** The newest change that is known here: what is asked for now is not older. */
export function seenChange(): number {
  return seen;
}

/** Keeps a query client true. */
export class LiveQueries {
  readonly #due = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #askedAt = new Map<string, number>();
  #waiting: Numbered[] = [];

  constructor(readonly client: QueryClient) {}

  /** Take in events; what came in one go is worked through in one go. */
  take(events: readonly ServerEvent[]): void {
    for (const event of events) {
      seen = Math.max(seen, numbersOf(event.id)[0]);
      if (event.event === "reset") {
        this.#waiting = [];
        this.reset();
        continue;
      }
      const fact = factOf(event);
      if (!fact) continue;
      if (this.#waiting.push(fact) === 1) queueMicrotask(() => this.#work());
    }
  }

  /** Nobody knows what was missed: everything that is shown is asked for again. */
  reset(): void {
    runs.clear();
    tasks.clear();
    for (const query of this.client.getQueryCache().getAll()) {
      if (query.meta?.live) this.#invalidate(query);
    }
  }

  #work(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { fact, change, number } of waiting) {
      if (fact.run) runs.put(fact.run.id, fact.run, change, number);
      if (fact.task) tasks.put(`${fact.task.run_id} ${fact.task.task_id}`, fact.task, change, number);
    }
    if (waiting.length === 0) return;
    const facts = new Facts(waiting.map((each) => each.fact));
    for (const query of this.client.getQueryCache().getAll()) this.#tell(query, facts);
  }

  #tell(query: Query, facts: Facts): void {
    const says = query.meta?.live as Live<unknown> | undefined;
    if (!says || query.state.data === undefined) return;
    const data = query.state.data;
    const next = says.patch?.(data, facts) ?? data;
    if (next !== data) {
      // As old as it was: whether it must be asked for again is decided below, not by this.
      this.client.setQueryData(query.queryKey, next, { updatedAt: query.state.dataUpdatedAt });
    }
    if (says.refetch?.(facts, next)) this.#soon(query, says.everyMs ?? EVERY_MS);
  }

  /** Ask again: at once where that was not done lately, else when its time has come. */
  #soon(query: Query, everyMs: number): void {
    const key = query.queryHash;
    if (this.#due.has(key)) return;
    const wait = Math.max(0, (this.#askedAt.get(key) ?? 0) + everyMs - Date.now());
    const ask = () => {
      this.#due.delete(key);
      this.#askedAt.set(key, Date.now());
      this.#invalidate(query);
    };
    this.#due.set(key, setTimeout(ask, wait));
  }

  #invalidate(query: Query): void {
    void this.client.invalidateQueries({ queryKey: query.queryKey, exact: true });
  }
}

/** Keep a query client true until `signal` aborts. */
export function followFacts(client: QueryClient, signal: AbortSignal): void {
  const queries = new LiveQueries(client);
  follow({ onEvents: (events) => queries.take(events), onState: setConnection }, signal);
}
