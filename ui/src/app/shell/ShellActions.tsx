import { useQuery } from "@tanstack/react-query";
import { useLocation, useNavigate, useRouter } from "@tanstack/react-router";

import { schedulerQuery } from "@/api/queries";
import { useActions } from "@/components/Actions";
import { copyMoment, momentInFocus } from "@/components/copied";
import { useWhyNot } from "@/components/may";
import { useResume } from "@/components/PauseDialog";
import { ZONE_WORDS } from "@/components/Zone";
import { announce } from "@/lib/announce";
import { copyText } from "@/lib/copy";
import { themeChoice, zoneChoice, type Theme, type ZoneChoice } from "@/lib/settings";
import { useStored } from "@/lib/stored";
import { toast } from "@/lib/toasts";

import { PAGES } from "./pages";

export type Overlay = "palette" | "keys" | "settings" | "pause";

const ZONES: readonly ZoneChoice[] = ["mine", "utc", "scheduler"];
const THEMES: readonly Theme[] = ["system", "light", "dark"];

function after<T>(list: readonly T[], value: T): T {
  return list[(list.indexOf(value) + 1) % list.length] ?? value;
}

/** What can be done on every page. */
export function ShellActions({ open }: { readonly open: (overlay: Overlay) => void }) {
  const navigate = useNavigate();
  const router = useRouter();
  const { pathname } = useLocation();
  const nextZone = after(ZONES, useStored(zoneChoice));
  const nextTheme = after(THEMES, useStored(themeChoice));
  const whyNot = useWhyNot("admin");
  const isPaused = useQuery(schedulerQuery()).data?.is_paused ?? false;
  const resume = useResume();
  const here = { group: "Everywhere" } as const;
  useActions([
    ...PAGES.map((page) => ({
      id: `go ${page.to}`,
      name: page.name,
      group: "Go to",
      keys: [page.keys],
      run: () => void navigate({ to: page.to }),
    })),
    {
      id: "go /scheduler",
      name: "Scheduler",
      group: "Go to",
      words: "health checks limits storage",
      run: () => void navigate({ to: "/scheduler" }),
    },
    isPaused
      ? { id: "pause", name: "Resume the scheduler", group: "Scheduler", disabled: whyNot, run: () => resume.mutate() }
      : { id: "pause", name: "Pause the scheduler…", group: "Scheduler", disabled: whyNot, run: () => open("pause") },
    { ...here, id: "palette", name: "Search and commands", keys: ["Ctrl K"], run: () => open("palette") },
    { ...here, id: "keys", name: "List of keys", keys: ["?"], run: () => open("keys") },
    { ...here, id: "settings", name: "Settings…", words: "preferences keys", run: () => open("settings") },
    {
      ...here,
      id: "zone",
      name: `Switch zone to ${ZONE_WORDS[nextZone]}`,
      keys: ["z"],
      words: "timezone utc",
      run: () => {
        zoneChoice.set(nextZone);
        announce(`Zone of all times: ${ZONE_WORDS[nextZone]}`);
      },
    },
    {
      ...here,
      id: "theme",
      name: nextTheme === "system" ? "Switch theme to that of the system" : `Switch theme to ${nextTheme}`,
      words: "dark light colours",
      run: () => themeChoice.set(nextTheme),
    },
    { ...here, id: "link", name: "Copy link to this page", keys: ["y"], words: "url address share", run: () => void copyLink() },
    { ...here, id: "moment", name: "Copy the time in the focused row", words: "iso timestamp moment", run: () => void copyFocused() },
    {
      ...here,
      id: "up",
      name: "Up one level",
      keys: ["Escape"],
      isKeyOnly: true,
      run: () => router.history.push(parentOf(pathname)),
    },
  ]);
  return null;
}

async function copyLink(): Promise<void> {
  if (await copyText(location.href)) toast("Copied the link to this page");
  else toast("Over plain HTTP this browser lets no page copy: take the address from its bar", { isBad: true });
}

async function copyFocused(): Promise<void> {
  const moment = momentInFocus();
  if (moment === undefined) toast("There is no time where the focus is: j and k move it by rows", { isBad: true });
  else await copyMoment(moment);
}

/** Up one level: a run's comparison leads to the run, a run to the runs, all else to the overview. */
export function parentOf(pathname: string): string {
  const parts = pathname.split("/").filter((part) => part !== "");
  if (parts[0] === "runs" && parts.length > 2) return `/runs/${parts[1] ?? ""}`;
  return parts.length > 1 ? `/${parts.slice(0, -1).join("/")}` : "/";
}
