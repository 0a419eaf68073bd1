/** What each user chooses for this browser. */

import { isBoolean, oneOf, stored } from "./stored";

export type Theme = "system" | "light" | "dark";
export type ZoneChoice = "mine" | "utc" | "scheduler";

export const themeChoice = stored<Theme>("theme", "system", oneOf("system", "light", "dark"));
export const zoneChoice = stored<ZoneChoice>("zone", "mine", oneOf("mine", "utc", "scheduler"));
/** Keys without Ctrl or Alt: some who speak to their machine need them off (WCAG 2.1.4). */
export const singleKeys = stored<boolean>("keys", true, isBoolean);

/** Keep `data-theme` of the page what was chosen. */
export function followTheme(root: HTMLElement): () => void {
  const apply = () => {
    const theme = themeChoice.get();
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
  };
  apply();
  return themeChoice.subscribe(apply);
}
