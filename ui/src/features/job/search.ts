import { asDay, asText, asWord, defined, type Raw } from "@/lib/search";

export const TABS = ["runs", "graph", "calendar", "definition"] as const;

/** What the colours of the year stand for, where it is not how many runs completed. */
export const MODES = ["count", "median"] as const;

/** `/jobs/:id?tab`, and the state of the tabs: the run that is chosen, the task, the day, the version to compare with. */
export function readSearch(raw: Raw) {
  return defined({
    tab: asWord(raw.tab, TABS),
    run: asText(raw.run),
    task: asText(raw.task),
    filter: asText(raw.filter),
    mode: asWord(raw.mode, MODES),
    day: asDay(raw.day),
    version: asText(raw.version),
    against: asText(raw.against),
    cursor: asText(raw.cursor),
  });
}
