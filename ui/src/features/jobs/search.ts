import { asList, asText, asWord, defined, type Raw } from "@/lib/search";

export const SORTS = ["id", "name", "next", "last", "success", "median"] as const;
export const STATES = ["ok", "failing", "running", "paused", "disabled", "stale", "removed"] as const;

/** `/jobs?q&tag&state&sort`; `sort` with a `-` before it is from the greatest down. */
export function readSearch(raw: Raw) {
  return defined({
    q: asText(raw.q),
    tag: asList(raw.tag),
    state: asWord(raw.state, STATES),
    sort: asWord(raw.sort, [...SORTS, ...SORTS.map((each) => `-${each}` as const)]),
  });
}
