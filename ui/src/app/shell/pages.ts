import type { IconName } from "@/components/Icon";

/** The pages that the bar leads to, in its order, with their keys. */
export const PAGES = [
  { to: "/", name: "Overview", keys: "g o", icon: "home" },
  { to: "/jobs", name: "Jobs", keys: "g j", icon: "jobs" },
  { to: "/runs", name: "Runs", keys: "g r", icon: "runs" },
  { to: "/schedule", name: "Schedule", keys: "g s", icon: "calendar" },
  { to: "/ledger", name: "Ledger", keys: "g l", icon: "ledger" },
] as const satisfies readonly { to: string; name: string; keys: string; icon: IconName }[];

/** Four of them and the menu are at the bottom of a phone. */
export const ON_PHONES = PAGES.slice(0, 4);
