/** What stands behind the `?` of an address: plain words, so that people can read, write and share it.
 *
 * Each page reads its own members with these; what is not theirs or makes no sense is as if it were not there. */

export type Raw = Readonly<Record<string, unknown>>;
type Value = string | number | boolean | null | undefined | readonly string[];

/** Parse without guessing: every value is text. */
export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

/** Write it; what is undefined, empty or false is left out, a list has commas. */
export function writeSearch(search: Raw): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(search as Readonly<Record<string, Value>>)) {
    const written = value === true ? "1" : value === false ? "" : String(value ?? ""); // of a list, with commas
    if (written !== "") query.set(name, written);
  }
  const text = query.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
  return text === "" ? "" : `?${text}`;
}

export function asText(raw: unknown): string | undefined {
  return typeof raw === "string" && raw !== "" ? raw : typeof raw === "number" ? String(raw) : undefined;
}

/** A whole number, not negative. */
export function asWhole(raw: unknown): number | undefined {
  const text = asText(raw);
  if (text === undefined || !/^\d{1,15}$/.test(text)) return undefined;
  return Number(text);
}

/** A day that there is: `2026-03-12`. */
export function asDay(raw: unknown): string | undefined {
  const text = asText(raw);
  if (text === undefined || !/^\d{4}-\d\d-\d\d$/.test(text)) return undefined;
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text) ? text : undefined;
}

export function asFlag(raw: unknown): true | undefined {
  return raw === true || raw === "1" || raw === "true" ? true : undefined;
}

export function asWord<T extends string>(raw: unknown, words: readonly T[]): T | undefined {
  return words.find((word) => word === raw);
}

/** Words with commas between them. */
export function asList(raw: unknown): readonly string[] | undefined {
  const parts = Array.isArray(raw) ? raw.map(String) : (asText(raw)?.split(",") ?? []);
  const list = parts.filter((part) => part !== "");
  return list.length > 0 ? list : undefined;
}

/** Drop what is undefined, so that two searches that mean the same are the same. */
export function defined<T extends object>(search: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as never;
}
