import { useAllActions } from "@/components/Actions";
import { Dialog } from "@/components/Dialog";
import { Keys } from "@/components/Keys";
import type { Action } from "@/lib/actions";

import styles from "./KeysDialog.module.css";

/** All keys of this page, as they are registered. */
export function KeysDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Keys" onClose={onClose} size="wide">
      <div className={styles.groups}>
        {groupsOf(useAllActions()).map(([group, actions]) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {actions.map((action) => (
                <div key={action.id}>
                  <dt>{action.name}</dt>
                  <dd>
                    {action.keys?.map((keys) => (
                      <Keys key={keys} keys={keys} />
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

/** Actions that have keys, by group: this page's first. */
export function groupsOf(actions: readonly Action[]): readonly (readonly [string, readonly Action[]])[] {
  const groups = new Map<string, Action[]>();
  for (const action of actions) {
    if (!action.keys?.length) continue;
    const group = groups.get(action.group);
    if (group) group.push(action);
    else groups.set(action.group, [action]);
  }
  const place = (group: string) => Number(group === "Go to") + 2 * Number(group === "Everywhere");
  return [...groups].sort(([a], [b]) => place(a) - place(b));
}
