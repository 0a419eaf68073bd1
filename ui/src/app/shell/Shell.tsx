import { useQuery } from "@tanstack/react-query";
import { Link, Outlet } from "@tanstack/react-router";

import { schedulerQuery } from "@/api/queries";
import { ZoneProvider } from "@/components/Zone";

import styles from "./Shell.module.css";

const PAGES = [
  ["/", "Overview"],
  ["/jobs", "Jobs"],
  ["/runs", "Runs"],
  ["/schedule", "Schedule"],
  ["/ledger", "Ledger"],
] as const;

/** What stays around every page. */
export function Shell() {
  const scheduler = useQuery(schedulerQuery()).data;
  const zone = scheduler && "timezone" in scheduler ? String(scheduler.timezone) : undefined;
  return (
    <ZoneProvider scheduler={zone}>
      <a className="visually-hidden" href="#main">
        Skip to the page
      </a>
      <header className={styles.top}>
        <nav aria-label="Pages">
          <ul className={styles.links}>
            {PAGES.map(([to, name]) => (
              <li key={to}>
                <Link to={to} activeOptions={{ exact: to === "/" }}>
                  {name}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
      </header>
      <main id="main" tabIndex={-1}>
        <Outlet />
      </main>
    </ZoneProvider>
  );
}
