import { asList, asText, asWord, defined, type Raw } from "@/lib/search";

import { SORTS, STATES } from "./list";

/** `/jobs?q&tag&state&sort`; `sort` with a `-` before it is from the greatest down. */
export function readSearch(raw: Raw) {
  const states: readonly string[] | undefined = asList(raw.state)?.filter((state) => STATES.some(({ value }) => value === state));
  return defined({
    q: asText(raw.q),
    tag: asList(raw.tag),
    state: states && states.length > 0 ? states : undefined,
    sort: asWord(raw.sort, SORTS),
  });
}

export type Search = ReturnType<typeof readSearch>;
