import { Link } from "@tanstack/react-router";

import { Button } from "@/components/Button";
import { Icon } from "@/components/Icon";
import { ChoiceMenu } from "@/components/Menu";
import { useZone, ZONE_WORDS } from "@/components/Zone";
import { themeChoice, zoneChoice, type Theme, type ZoneChoice } from "@/lib/settings";
import { useStored } from "@/lib/stored";
import { ownZone, zoneName } from "@/lib/time";

import { PAGES } from "./pages";
import { SchedulerPill } from "./SchedulerPill";
import type { Overlay } from "./ShellActions";
import styles from "./TopBar.module.css";

/** The bar at the top: pages, search, zone, theme, and how the scheduler is. */
export function TopBar({ open }: { readonly open: (overlay: Overlay) => void }) {
  return (
    <header className={styles.bar}>
      <Link to="/" className={styles.brand} aria-label="Petit, overview">
        <svg viewBox="0 0 16 16" width="20" height="20" aria-hidden="true">
          <rect width="16" height="16" rx="4" />
          <path d="M5.6 12.6V3.6h3.1a2.8 2.8 0 0 1 0 5.6H5.6" />
        </svg>
      </Link>
      <nav aria-label="Pages" className={styles.pages}>
        <ul>
          {PAGES.map((page) => (
            <li key={page.to}>
              <Link to={page.to} activeOptions={{ exact: page.to === "/", includeSearch: false }} data-tip={page.keys}>
                {page.name}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <button type="button" className={styles.search} aria-keyshortcuts="Control+K" onClick={() => open("palette")}>
        <Icon name="search" />
        <span>Search</span>
        <kbd aria-hidden="true">Ctrl K</kbd>
      </button>
      <div className={styles.tools}>
        <ZoneMenu />
        <ThemeMenu />
        <SchedulerPill onPause={() => open("pause")} />
      </div>
    </header>
  );
}

function ZoneMenu() {
  const choice = useStored(zoneChoice);
  const zone = useZone();
  const choices: readonly { readonly value: ZoneChoice; readonly name: string }[] = [
    { value: "mine", name: `${ZONE_WORDS.mine} (${ownZone()})` },
    { value: "utc", name: ZONE_WORDS.utc },
    { value: "scheduler", name: ZONE_WORDS.scheduler },
  ];
  return (
    <ChoiceMenu label="Zone of all times" choices={choices} value={choice} onChange={zoneChoice.set}>
      <Button look="quiet" className={styles.zone} aria-label={`Zone of all times: ${zone}`} data-tip="Zone of all times (z)">
        <Icon name="clock" />
        <span>{zoneName(zone)}</span>
      </Button>
    </ChoiceMenu>
  );
}

const THEMES: readonly { readonly value: Theme; readonly name: string }[] = [
  { value: "system", name: "As the system" },
  { value: "light", name: "Light" },
  { value: "dark", name: "Dark" },
];
const THEME_ICONS = { system: "screen", light: "sun", dark: "moon" } as const;

function ThemeMenu() {
  const theme = useStored(themeChoice);
  return (
    <ChoiceMenu label="Theme" choices={THEMES} value={theme} onChange={themeChoice.set}>
      <Button look="quiet" className={styles.theme} aria-label={`Theme: ${theme}`} data-tip="Theme">
        <Icon name={THEME_ICONS[theme]} />
      </Button>
    </ChoiceMenu>
  );
}
