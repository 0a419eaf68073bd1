/** Everything that can be done here and now. One registry feeds the palette, the list of keys, menus and the keys
 * themselves, so that none of them can promise what another one does not know. */

export interface Action {
  /** The same for the same thing, whatever it is called today. */
  readonly id: string;
  /** What it does: "Cancel run". One that asks first ends in `…`. */
  readonly name: string;
  /** Under which head it is listed. */
  readonly group: string;
  /** As `lib/keys` writes it; several where several do. */
  readonly keys?: readonly string[];
  readonly run: () => void;
  /** Why it cannot be done now. It is listed all the same, with the reason. */
  readonly disabled?: string | undefined;
  /** Words that find it, and that its name does not have. */
  readonly words?: string;
  /** Only for keys: to move by one row is nothing to look for. */
  readonly isKeyOnly?: boolean;
}

export class ActionRegistry {
  readonly #sets = new Map<symbol, readonly Action[]>();
  readonly #listeners = new Set<() => void>();
  #all: readonly Action[] = [];

  /** Take in the actions of a part of the page, in place of those that it had. */
  set(part: symbol, actions: readonly Action[]): void {
    this.#sets.set(part, actions);
    this.#change();
  }

  remove(part: symbol): void {
    if (this.#sets.delete(part)) this.#change();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** All actions. Where two have one id, the one that came last: a page knows better than the shell. */
  readonly all = (): readonly Action[] => this.#all;

  /** The action that a key stands for. Where two have it, the one that came last. */
  byKey(key: string): Action | undefined {
    return this.#all.findLast((action) => action.keys?.includes(key));
  }

  /** Say whether some key begins so. */
  begins(prefix: string): boolean {
    return this.#all.some((action) => action.keys?.some((key) => key.startsWith(prefix)));
  }

  #change(): void {
    const byId = new Map<string, Action>();
    for (const actions of this.#sets.values()) for (const action of actions) byId.set(action.id, action);
    this.#all = [...byId.values()];
    for (const listener of this.#listeners) listener();
  }
}
