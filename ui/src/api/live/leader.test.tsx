import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { follow, type Listener } from "./leader";
import type { ServerEvent } from "./parse";

/** What a browser has for all of its tabs: one holder of a lock at a time, the others in their order. */
class Locks {
  #last: Promise<unknown> = Promise.resolve();
  request(_name: string, { signal }: { readonly signal: AbortSignal }, held: () => Promise<void>): Promise<void> {
    const mine = this.#last.then(() => (signal.aborted ? undefined : held()));
    this.#last = mine.catch(() => undefined); // the lock is free however it ended
    return mine;
  }
}

/** A stream of the scheduler, open until it is closed. */
interface Opened {
  readonly lastId: string | null;
  readonly send: (text: string) => void;
}

let opened: Opened[] = [];
let ends: AbortController[] = [];

function answer(_url: string, init: RequestInit): Promise<Response> {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (text: string) => controller.enqueue(new TextEncoder().encode(text));
      opened.push({ lastId: new Headers(init.headers).get("last-event-id"), send });
      init.signal?.addEventListener("abort", () => controller.error(new Error("aborted")));
    },
  });
  return Promise.resolve(new Response(body));
}

function tab(): { readonly events: ServerEvent[]; readonly states: string[]; readonly close: () => void } {
  const end = new AbortController();
  ends.push(end);
  const [events, states]: [ServerEvent[], string[]] = [[], []];
  const listener: Listener = { onEvents: (more) => events.push(...more), onState: (state) => states.push(state) };
  follow(listener, end.signal);
  return { events, states, close: () => end.abort() };
}

const names = (events: readonly ServerEvent[]) => events.map((event) => `${event.id} ${event.event}`);

beforeEach(() => {
  opened = [];
  ends = [];
  vi.stubGlobal("fetch", answer);
  Object.defineProperty(navigator, "locks", { value: new Locks(), configurable: true });
});
afterEach(() => {
  for (const end of ends) end.abort();
  vi.unstubAllGlobals();
});

test("one tab reads for all of them", async () => {
  const [first, second] = [tab(), tab()];
  await vi.waitFor(() => expect(opened).toHaveLength(1));
  opened[0]!.send("id: 5-0\n\nid: 6-0\nevent: run_started\ndata: {}\n\n");
  await vi.waitFor(() => expect(names(second.events)).toContain("6-0 run_started"));
  expect(names(first.events)).toContain("6-0 run_started");
  expect(opened).toHaveLength(1);
  expect(second.states.at(-1)).toBe("open");
});

test("when it goes, the next one goes on behind the last event that was heard", async () => {
  const [first, second] = [tab(), tab()];
  await vi.waitFor(() => expect(opened).toHaveLength(1));
  opened[0]!.send("id: 6-0\nevent: run_started\ndata: {}\n\n");
  await vi.waitFor(() => expect(second.events).not.toHaveLength(0));
  first.close();
  await vi.waitFor(() => expect(opened).toHaveLength(2), { timeout: 5_000 });
  expect(opened[1]!.lastId).toBe("6-0");
  opened[1]!.send("id: 7-0\nevent: run_completed\ndata: {}\n\n");
  await vi.waitFor(() => expect(names(second.events)).toContain("7-0 run_completed"));
});

test("what was asked for before the first stream was there is asked for again, and only then", async () => {
  const only = tab();
  await vi.waitFor(() => expect(opened).toHaveLength(1));
  opened[0]!.send("id: 5-0\n\n");
  await vi.waitFor(() => expect(names(only.events)).toEqual(["5-0 reset", "5-0 "]));
  opened[0]!.send("id: 6-0\nevent: run_started\ndata: {}\n\n");
  await vi.waitFor(() => expect(names(only.events).slice(2)).toEqual(["6-0 run_started"]));
});
