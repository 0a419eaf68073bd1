import { useLocation } from "@tanstack/react-router";

import { useZone } from "@/components/Zone";

import styles from "./Shell.module.css";

/** On paper: where this is from, and which zone its times are in. */
export function PrintFoot() {
  const { href } = useLocation();
  const zone = useZone();
  return (
    <footer className={styles.foot}>
      {location.origin}
      {href} · times in {zone}
    </footer>
  );
}
