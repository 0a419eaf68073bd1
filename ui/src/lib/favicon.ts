/** The icon of the tab carries the state of what the page is about. */

import { TONE, type Status } from "./status";

// As in tokens.css, light: a tab bar has its own colour, and the icon its own ground.
const GROUND = { completed: "#1f9783", failed: "#bb0916", running: "#1559c4", retrying: "#bd7200", interrupted: "#761b72", neutral: "#6d727a" };
const SIGN: Record<Status, string> = {
  completed: "M4 8.5l2.8 2.8L12 5.5",
  failed: "M5 5l6 6M11 5l-6 6",
  running: "M6 4.5v7l5.5-3.5z",
  retrying: "M11.5 8a3.5 3.5 0 1 1-1-2.5M11.5 3.5v2.5H9",
  interrupted: "M9 3.5L6 8.5h4L7 12.5",
  cancelled: "M4.5 11.5l7-7",
  pending: "M8 4.5V8l2.5 1.5",
  skipped: "M4.5 5L7.5 8l-3 3M8.5 5l3 3-3 3",
  missed: "M8 4v5M8 11.4v.2",
};

/** Draw the icon of a status as a data URL. */
export function faviconOf(status: Status): string {
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="4" fill="${GROUND[TONE[status]]}"/>` +
    `<path d="${SIGN[status]}" fill="none" stroke="#fff" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

/** Show it; undefined shows Petit's own. */
export function setFavicon(status: Status | undefined): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (link) link.href = status ? faviconOf(status) : "/favicon.svg";
}
