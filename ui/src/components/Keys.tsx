import styles from "./Keys.module.css";

const SHOWN: Record<string, string> = { ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc" };

/** A key, or several one after the other. */
export function Keys({ keys }: { readonly keys: string }) {
  return (
    <span className={styles.keys}>
      {keys.split(" ").map((key, at) => (
        <kbd key={at}>{SHOWN[key] ?? key}</kbd>
      ))}
    </span>
  );
}
