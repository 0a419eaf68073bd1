import { asText, asWhole, asWord, defined, type Raw } from "@/lib/search";

export const FATES = ["ran", "skipped", "missed"] as const;

/** `/ledger?job&fate&reason&since&until`. Times are milliseconds since the epoch. */
export function readSearch(raw: Raw) {
  return defined({
    job: asText(raw.job),
    fate: asWord(raw.fate, FATES),
    reason: asText(raw.reason),
    since: asWhole(raw.since),
    until: asWhole(raw.until),
  });
}

export type Search = ReturnType<typeof readSearch>;
