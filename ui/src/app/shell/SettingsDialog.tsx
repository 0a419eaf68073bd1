import { useId, type ReactNode } from "react";

import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { ZONE_WORDS } from "@/components/Zone";
import { singleKeys, themeChoice, zoneChoice, type Theme, type ZoneChoice } from "@/lib/settings";
import { useStored } from "@/lib/stored";

import styles from "./SettingsDialog.module.css";

const THEMES: Record<Theme, string> = { system: "As the system", light: "Light", dark: "Dark" };

/** What this browser keeps for its user. It holds at once. */
export function SettingsDialog({ onClose }: { readonly onClose: () => void }) {
  const keys = useStored(singleKeys);
  return (
    <Dialog title="Settings" onClose={onClose} onSubmit={onClose} foot={<Button type="submit">Done</Button>}>
      <p className="muted">Kept in this browser.</p>
      <Select<Theme> label="Theme" value={useStored(themeChoice)} words={THEMES} onChange={themeChoice.set} />
      <Select<ZoneChoice> label="Zone of all times" value={useStored(zoneChoice)} words={ZONE_WORDS} onChange={zoneChoice.set} />
      <Row label="Single keys" hint="Keys without Ctrl, like j or ?. Ctrl K stays.">
        {(id) => <input id={id} type="checkbox" checked={keys} onChange={(event) => singleKeys.set(event.target.checked)} />}
      </Row>
    </Dialog>
  );
}

function Select<Value extends string>({ label, value, words, onChange }: {
  readonly label: string;
  readonly value: Value;
  readonly words: Readonly<Record<Value, string>>;
  readonly onChange: (value: Value) => void;
}) {
  return (
    <Row label={label}>
      {(id) => (
        <select id={id} value={value} onChange={(event) => onChange(event.target.value as Value)}>
          {Object.entries<string>(words).map(([each, word]) => (
            <option key={each} value={each}>
              {word}
            </option>
          ))}
        </select>
      )}
    </Row>
  );
}

function Row({ label, hint, children }: { readonly label: string; readonly hint?: string; readonly children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <div className={styles.row}>
      <label htmlFor={id}>
        {label}
        {hint !== undefined && <span>{hint}</span>}
      </label>
      {children(id)}
    </div>
  );
}
