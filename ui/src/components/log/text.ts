/** From the bytes of a line to what is shown of it. */

/** Longer lines are cut for show, never for download. */
export const LONGEST = 16 * 1024;

const RETURN = 0x0d;
const decoder = new TextDecoder("utf-8");

export interface Shown {
  readonly text: string;
  /** Bytes that are not shown at its end. */
  readonly more: number;
  /** How often it was written over with `\r`; the last writing is shown. */
  readonly rewrites: number;
}

/** Show a line without its line feed. With `all`, writings that were written over are shown, too. */
export function shownOf(bytes: Uint8Array, all = false): Shown {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === RETURN) end -= 1;
  const last = all ? -1 : bytes.lastIndexOf(RETURN, end - 1);
  const start = end > 0 && last >= 0 ? last + 1 : 0;
  const cut = Math.min(end, start + LONGEST);
  const text = decoder.decode(bytes.subarray(start, cut));
  return { text: all ? text.replaceAll("\r", "␍") : text, more: end - cut, rewrites: rewritesOf(bytes, end) };
}

function rewritesOf(bytes: Uint8Array, end: number): number {
  let count = 0;
  for (let at = bytes.indexOf(RETURN); at >= 0 && at < end; at = bytes.indexOf(RETURN, at + 1)) count += 1;
  return count;
}
