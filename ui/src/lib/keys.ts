/** Keys as they are written in lists and pressed: `t`, `?`, `g o`, `Ctrl K`, `Shift ArrowUp`. */

export interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/** Write what was pressed as in the lists; null for what is never a key of ours. A letter says itself whether Shift
 * was held; Cmd is the Ctrl of a Mac. */
export function keyOf(event: Pressed): string | null {
  if (event.altKey || ["Control", "Shift", "Meta", "Alt", "AltGraph", "Dead", "Unidentified"].includes(event.key)) return null;
  if (event.ctrlKey || event.metaKey) return `Ctrl ${event.key.length === 1 ? event.key.toUpperCase() : event.key}`;
  return event.shiftKey && event.key.length > 1 ? `Shift ${event.key}` : event.key;
}

/** Keys that write or choose something where the focus is belong to it. */
export function isField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.matches("textarea, select, [role=textbox], [role=menu], [role=menu] *, [role=listbox]")) return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button", "submit", "range"].includes(target.type);
}

/** Follows sequences of keys: `g` then `o`. */
export class Sequence {
  #held = "";
  #at = 0;

  constructor(
    readonly starts: (prefix: string) => boolean,
    readonly maxMs = 1_000,
  ) {}

  /** Take the next key; returns what was pressed so far as a whole, or null while more must come. */
  next(key: string, at: number): string | null {
    const held = this.#held !== "" && at - this.#at <= this.maxMs ? `${this.#held} ${key}` : key;
    if (this.starts(`${held} `)) {
      this.#held = held;
      this.#at = at;
      return null;
    }
    this.#held = "";
    return held;
  }
}
