import { asText, asWhole, asWord, defined, type Raw } from "@/lib/search";

/** `/schedule?from&to&group&sort&q`. Times are milliseconds since the epoch. */
export function readSearch(raw: Raw) {
  return defined({
    from: asWhole(raw.from),
    to: asWhole(raw.to),
    group: asWord(raw.group, ["tag"] as const),
    sort: asWord(raw.sort, ["next", "name", "load"] as const),
    q: asText(raw.q),
  });
}
