import { Link, useNavigate } from "@tanstack/react-router";

import { Icon } from "@/components/Icon";
import { Menu } from "@/components/Menu";

import styles from "./BottomBar.module.css";
import { ON_PHONES } from "./pages";
import type { Overlay } from "./ShellActions";

/** On phones: four pages and a menu with the rest, where the thumb is. */
export function BottomBar({ open }: { readonly open: (overlay: Overlay) => void }) {
  const navigate = useNavigate();
  const items = [
    { id: "ledger", name: "Ledger", onSelect: () => void navigate({ to: "/ledger" }) },
    { id: "scheduler", name: "Scheduler", onSelect: () => void navigate({ to: "/scheduler" }) },
    { id: "settings", name: "Settings: theme, zone", onSelect: () => open("settings") },
  ];
  return (
    <nav className={styles.bar} aria-label="Pages, at the bottom">
      {ON_PHONES.map((page) => (
        <Link key={page.to} to={page.to} className={styles.item} activeOptions={{ exact: page.to === "/", includeSearch: false }}>
          <Icon name={page.icon} size={20} />
          {page.name}
        </Link>
      ))}
      <Menu items={items}>
        <button type="button" className={styles.item}>
          <Icon name="menu" size={20} />
          More
        </button>
      </Menu>
    </nav>
  );
}
