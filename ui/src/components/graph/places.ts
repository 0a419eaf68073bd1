/** Layouts, each worked out once: the same definition looks the same. */

import type { LayoutInput, Place } from "./layout";

const known = new Map<string, Promise<readonly Place[]>>();
const MOST_KNOWN = 20;

/** Ask for the layout of a definition. */
export function placesOf(definition: string, input: LayoutInput): Promise<readonly Place[]> {
  const key = `${input.direction} ${definition}`;
  let places = known.get(key);
  if (!places) {
    places = work(input);
    places.catch(() => known.delete(key));
    known.set(key, places);
    const [oldest] = known.keys();
    if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
  }
  return places;
}

function work(input: LayoutInput): Promise<readonly Place[]> {
  const worker = new Worker(new URL("./layout.worker.ts", import.meta.url), { type: "module" });
  return new Promise<readonly Place[]>((resolve, reject) => {
    worker.addEventListener("message", (event: MessageEvent<readonly Place[]>) => resolve(event.data));
    worker.addEventListener("error", (event) => reject(new Error(event.message)));
    worker.postMessage(input);
  }).finally(() => worker.terminate());
}
