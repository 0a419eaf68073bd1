import { asText, defined, type Raw } from "@/lib/search";

/** `/login?to`: the address within this site to go back to. */
export function readSearch(raw: Raw) {
  const to = asText(raw.to);
  // Nowhere else: `//host` and `/\\host` are other sites.
  return defined({ to: to !== undefined && /^\/(?![/\\])/.test(to) ? to : undefined });
}
