import { asText, asWhole, asWord, defined, type Raw } from "@/lib/search";

export const TABS = ["runs", "graph", "calendar", "definition"] as const;

/** `/jobs/:id?tab`, and the state of the tabs: the run that is chosen, the task, the version to compare with. */
export function readSearch(raw: Raw) {
  return defined({
    tab: asWord(raw.tab, TABS),
    run: asText(raw.run),
    task: asText(raw.task),
    filter: asText(raw.filter),
    mode: asText(raw.mode),
    year: asWhole(raw.year),
    version: asText(raw.version),
    against: asText(raw.against),
    cursor: asText(raw.cursor),
  });
}
