import * as Radix from "@radix-ui/react-tabs";
import type { ReactNode } from "react";

import styles from "./Tabs.module.css";

export interface Tab<Value extends string> {
  readonly value: Value;
  readonly name: ReactNode;
  /** Only the chosen one is rendered. */
  readonly content: () => ReactNode;
}

/** Parts of a page of which one is shown. Which one belongs into the address. */
export function Tabs<Value extends string>({ label, tabs, value, onChange }: {
  readonly label: string;
  readonly tabs: readonly Tab<Value>[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
}) {
  return (
    <Radix.Root className={styles.tabs} value={value} onValueChange={(next) => onChange(next as Value)} activationMode="manual">
      <Radix.List className={styles.list} aria-label={label}>
        {tabs.map((tab) => (
          <Radix.Trigger key={tab.value} className={styles.tab} value={tab.value}>
            {tab.name}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map((tab) => (
        <Radix.Content key={tab.value} value={tab.value} className={styles.content}>
          {tab.value === value && tab.content()}
        </Radix.Content>
      ))}
    </Radix.Root>
  );
}
