import { asText, defined, type Raw } from "@/lib/search";

/** `/runs/:id/compare/:other?task`. */
export function readSearch(raw: Raw) {
  return defined({ task: asText(raw.task) });
}
