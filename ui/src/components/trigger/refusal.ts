/** What a refused trigger says, and what can be done about it. */

import { ApiError, sayError } from "@/api/errors";
import { plural } from "@/lib/duration";

export interface Refusal {
  readonly sentence: string;
  /** The runs in the way, oldest first. */
  readonly holders: readonly string[];
  /** Whether it could wait for a slot instead. */
  readonly mayQueue: boolean;
  /** The member of the body at fault, by its JSON pointer, and what is wrong with it. */
  readonly fields: ReadonlyMap<string, string>;
}

export function refusalOf(error: unknown, jobId: string): Refusal {
  const plain = { sentence: sayError(error), holders: [], mayQueue: false, fields: new Map<string, string>() };
  if (!(error instanceof ApiError)) return plain;
  const { problem } = error;
  if (error.status === 429 && Array.isArray(problem.holders)) {
    const holders = problem.holders.filter((each): each is string => typeof each === "string");
    const limit = typeof problem.limit === "number" ? problem.limit : holders.length;
    const sentence =
      problem.scope === "total"
        ? `All ${plural(limit, "slot")} of Petit are taken.`
        : `${jobId} already runs (${holders.length} of ${limit}).`;
    return { ...plain, sentence, holders, mayQueue: true };
  }
  if (error.status === 422 && Array.isArray(problem.errors)) {
    const found = problem.errors as readonly { readonly pointer: string; readonly message: string }[];
    const fields = new Map(found.map((each) => [each.pointer, each.message]));
    return { ...plain, sentence: error.message, fields };
  }
  return { ...plain, sentence: error.message };
}
