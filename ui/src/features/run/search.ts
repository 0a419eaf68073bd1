import { asFlag, asText, asWhole, asWord, defined, type Raw } from "@/lib/search";

/** `/runs/:id?view&task&attempt&stream&at`, and how pictures and log are shown. `at` is `from` or `from-to` in bytes. */
export function readSearch(raw: Raw) {
  return defined({
    view: asWord(raw.view, ["gantt", "graph", "list"] as const),
    task: asText(raw.task),
    attempt: asWhole(raw.attempt),
    stream: asWord(raw.stream, ["stdout", "stderr", "combined"] as const),
    at: asText(raw.at),
    order: asWord(raw.order, ["topological", "start", "longest"] as const),
    critical: asFlag(raw.critical),
    log: asWord(raw.log, ["full"] as const),
    q: asText(raw.q),
  });
}
