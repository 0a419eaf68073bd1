/** The ledger, page by page. */

import { infiniteQueryOptions } from "@tanstack/react-query";

import { get } from "@/api/client";
import { live } from "@/api/live/live";
import type { OccurrencesPage, OccurrenceView } from "@/api/schema";

import type { Search } from "./search";

const PAGE = 200;

export const ledgerQuery = (search: Search) =>
  infiniteQueryOptions({
    queryKey: ["ledger", search],
    queryFn: ({ pageParam, signal }) =>
      get("/api/occurrences", { query: { ...search, limit: PAGE, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    meta: live<{ readonly pages: readonly OccurrencesPage[] }>({
      // Nothing moves under the pointer: only who looks at the newest page is shown what came since.
      refetch: (facts, data) =>
        data.pages.length === 1 && facts.has("run_", "occurrence_") && (search.job === undefined || facts.touchesJob(search.job)),
      everyMs: 2_000,
    }),
  });

export interface Counts {
  readonly due: number;
  readonly ran: number;
  readonly skipped: number;
  readonly missed: number;
}

/** `due = ran + skipped + missed` of what is shown. */
export function countsOf(rows: readonly Pick<OccurrenceView, "fate">[]): Counts {
  const counts = { ran: 0, skipped: 0, missed: 0 };
  for (const row of rows) counts[row.fate] += 1;
  return { due: rows.length, ...counts };
}
