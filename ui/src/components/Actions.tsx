import { createContext, useContext, useEffect, useMemo, useRef, useSyncExternalStore, type ReactNode } from "react";

import { ActionRegistry, type Action } from "@/lib/actions";
import { announce } from "@/lib/announce";
import { isField, keyOf, Sequence } from "@/lib/keys";
import { singleKeys } from "@/lib/settings";

const Context = createContext(new ActionRegistry());

/** Knows the actions of the page, and does them when their keys are pressed. */
export function ActionsProvider({ children }: { readonly children: ReactNode }) {
  const registry = useMemo(() => new ActionRegistry(), []);
  useEffect(() => {
    const sequence = new Sequence((prefix) => registry.begins(prefix));
    const press = (event: KeyboardEvent) => {
      const key = keyOf(event);
      if (key === null || event.defaultPrevented || event.isComposing || !mayFire(key, event.target)) return;
      const pressed = sequence.next(key, event.timeStamp);
      const action = pressed === null ? undefined : registry.byKey(pressed);
      if (!action) return;
      event.preventDefault();
      if (action.disabled === undefined) action.run();
      else announce(`${action.name}: ${action.disabled}`);
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [registry]);
  return <Context value={registry}>{children}</Context>;
}

/** A dialog has its own keys; a field has all that write. */
function mayFire(key: string, target: EventTarget | null): boolean {
  if (document.querySelector("dialog[open]")) return false;
  if (key.startsWith("Ctrl ")) return true;
  if (isField(target)) return false;
  return key === "Escape" || key.length > 1 || singleKeys.get();
}

/** Make actions known while the component is shown. They may be new objects each time. */
export function useActions(actions: readonly Action[]): void {
  const registry = useContext(Context);
  const part = useRef(Symbol("actions"));
  const newest = useRef(actions);
  const shape = JSON.stringify(actions);
  useEffect(() => {
    newest.current = actions;
  });
  useEffect(() => {
    const own = part.current;
    // What is done is that of the newest rendering; what is listed changes only when its words do.
    registry.set(
      own,
      newest.current.map((action, at) => ({ ...action, run: () => newest.current[at]?.run() })),
    );
  }, [registry, shape]);
  useEffect(() => {
    const own = part.current;
    return () => registry.remove(own);
  }, [registry]);
}

/** All that can be done now. */
export function useAllActions(): readonly Action[] {
  const registry = useContext(Context);
  return useSyncExternalStore(registry.subscribe, registry.all);
}
