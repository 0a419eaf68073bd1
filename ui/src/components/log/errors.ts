/** Which lines of output tell of an error. The rules are the scheduler's (`core/log_errors.py`), for one line. */

import { plain } from "./ansi";

const WORD = /(?:errors?|fatal|panic(?:ked)?|exception)(?![\w-]|\.\w)/gi;
const JOINS = /[A-Za-z0-9_./-]/;
const NONE_BEFORE = /\b(?:0|no|zero|without(?: any)?)[ \t]+$/i;
const NONE_AFTER = /^["']?[ \t]*[:=][ \t]*["']?(?:0+|none|null|nil|false|no)\b(?![.%])/i;
const MOST = 4_096;

/** Say whether a line tells of an error: it has the word, or the name of an exception, and does not say there was none. */
export function isError(text: string): boolean {
  const line = plain(text.length > MOST ? text.slice(0, MOST) : text);
  for (const found of line.matchAll(WORD)) {
    const [word] = found;
    const isName = word === "Error" || word === "Exception";
    const before = line[found.index - 1] ?? "";
    if (JOINS.test(before)) {
      if (isName && !/[./-]/.test(before)) return true; // ValueError
      continue;
    }
    if (word.toLowerCase() === "exception" && !isName) continue;
    if (NONE_BEFORE.test(line.slice(0, found.index)) || NONE_AFTER.test(line.slice(found.index + word.length))) continue;
    return true;
  }
  return false;
}
