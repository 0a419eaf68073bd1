/** What can be done with a run. */

import { post, send, urlOf } from "@/api/client";

/** From where a run is done again: what failed, the start, or one task. */
export type From = "failed" | "start" | { readonly task: string };

/** Run it again; the id of the new run. */
export async function rerun(runId: string, from: From): Promise<string> {
  const url = urlOf("/api/runs/{run_id}/rerun", { path: { run_id: runId } });
  const response = await send("POST", url, { body: { from: typeof from === "string" ? from : from.task } });
  return ((await response.json()) as { readonly run_id: string }).run_id;
}

export async function cancel(runId: string): Promise<void> {
  await post("/api/runs/{run_id}/cancel", { path: { run_id: runId } });
}
