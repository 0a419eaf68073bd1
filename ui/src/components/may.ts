import { useQuery } from "@tanstack/react-query";

import { OFFLINE_MS, useConnection } from "@/api/live/connection";
import { sessionQuery } from "@/api/queries";
import type { SessionView } from "@/api/schema";
import { useNow } from "@/lib/clock";

const ORDER = ["read", "trigger", "admin"] as const;

/** Say why somebody may not do what needs this scope; undefined where they may. */
export function whyNot(session: SessionView | null | undefined, scope: "trigger" | "admin", isOffline: boolean): string | undefined {
  if (isOffline) return "The scheduler does not answer.";
  if (session === null) return "Log in first.";
  if (session && ORDER.indexOf(session.scope) < ORDER.indexOf(scope))
    return scope === "trigger" ? "Your token may read, not trigger." : `Your token may ${session.scope}, not administer.`;
  return undefined;
}

/** The same for who is here now: `disabled` of actions, `disabledReason` of buttons. */
export function useWhyNot(scope: "trigger" | "admin"): string | undefined {
  const session = useQuery(sessionQuery()).data;
  return whyNot(session, scope, useIsOffline());
}

/** Whether the scheduler has not answered for so long that nothing can be done. */
export function useIsOffline(): boolean {
  const { state, since } = useConnection();
  const now = useNow(5_000);
  return state === "lost" && now - since >= OFFLINE_MS;
}
