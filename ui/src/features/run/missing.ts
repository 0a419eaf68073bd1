/** What the id of a run tells without the run. */

const DIGITS = 12;
const LEAST = 8;

/** When a run was created: ids begin with that, in 48 bits. Undefined where an id is none, or is cut too short to tell. */
export function createdAt(runId: string): number | undefined {
  const digits = runId.replaceAll("-", "").slice(0, DIGITS);
  if (digits.length < LEAST || !/^[0-9a-f]+$/i.test(digits)) return undefined;
  return parseInt(digits.padEnd(DIGITS, "0"), 16);
}
