import { asList, asText, asWhole, defined, type Raw } from "@/lib/search";

/** `/runs?job&status&trigger&since&until&q`. Times are milliseconds since the epoch. */
export function readSearch(raw: Raw) {
  return defined({
    job: asText(raw.job),
    status: asList(raw.status),
    trigger: asList(raw.trigger),
    since: asWhole(raw.since),
    until: asWhole(raw.until),
    q: asText(raw.q),
  });
}
export type Search = ReturnType<typeof readSearch>;
