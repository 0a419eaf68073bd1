import { createContext, useContext, useMemo, type ReactNode } from "react";

import { zoneChoice, type ZoneChoice } from "@/lib/settings";
import { useStored } from "@/lib/stored";
import { isZone, ownZone } from "@/lib/time";

const Context = createContext<string>("UTC");

export const ZONE_WORDS: Record<ZoneChoice, string> = { mine: "Mine", utc: "UTC", scheduler: "Scheduler’s" };

/** Gives all times and axes below the zone that was chosen. */
export function ZoneProvider({ scheduler, children }: { readonly scheduler: string | undefined; readonly children: ReactNode }) {
  const choice = useStored(zoneChoice);
  const zone = useMemo(() => zoneOf(choice, scheduler), [choice, scheduler]);
  return <Context value={zone}>{children}</Context>;
}

/** The zone that a choice stands for. A scheduler that does not say, or whose zone is not known here, has UTC. */
export function zoneOf(choice: ZoneChoice, scheduler: string | undefined): string {
  if (choice === "mine") return ownZone();
  return choice === "scheduler" && scheduler !== undefined && isZone(scheduler) ? scheduler : "UTC";
}

/** The zone that times are shown in. */
export function useZone(): string {
  return useContext(Context);
}
