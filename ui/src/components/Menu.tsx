import * as Radix from "@radix-ui/react-dropdown-menu";
import type { ReactElement, ReactNode } from "react";

import { Icon } from "./Icon";
import { Keys } from "./Keys";
import styles from "./Menu.module.css";

export interface MenuItem {
  readonly id: string;
  readonly name: ReactNode;
  readonly onSelect: () => void;
  readonly keys?: string | undefined;
  /** Why it cannot be chosen; it is shown. */
  readonly disabled?: string | undefined;
  readonly isDanger?: boolean;
}

/** A button that opens a list of things to do. `children` is the button. */
export function Menu({ children, items, align = "end" }: { readonly children: ReactElement; readonly items: readonly MenuItem[]; readonly align?: "start" | "end" }) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className={styles.menu} align={align} sideOffset={4} collisionPadding={8}>
          {items.map((item) => (
            <Radix.Item
              key={item.id}
              className={styles.item}
              data-danger={item.isDanger || undefined}
              disabled={item.disabled !== undefined}
              onSelect={item.onSelect}
            >
              <span className={styles.name}>
                {item.name}
                {item.disabled !== undefined && <span className={styles.why}>{item.disabled}</span>}
              </span>
              {item.keys && <Keys keys={item.keys} />}
            </Radix.Item>
          ))}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly name: ReactNode;
}

/** A button that opens a list of which one is chosen. */
export function ChoiceMenu<Value extends string>({ children, label, choices, value, onChange, align = "end" }: {
  readonly children: ReactElement;
  readonly label: string;
  readonly choices: readonly Choice<Value>[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  readonly align?: "start" | "end";
}) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className={styles.menu} align={align} sideOffset={4} collisionPadding={8}>
          <Radix.Label className={styles.label}>{label}</Radix.Label>
          <Radix.RadioGroup value={value} onValueChange={(next) => onChange(next as Value)}>
            {choices.map((choice) => (
              <Radix.RadioItem key={choice.value} className={styles.item} value={choice.value}>
                <span className={styles.name}>{choice.name}</span>
                <Radix.ItemIndicator className={styles.check}>
                  <Icon name="check" />
                </Radix.ItemIndicator>
              </Radix.RadioItem>
            ))}
          </Radix.RadioGroup>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** A button that opens a list of which any number are chosen. */
export function SeveralMenu<Value extends string>({ children, label, choices, values, onChange }: {
  readonly children: ReactElement;
  readonly label: string;
  readonly choices: readonly Choice<Value>[];
  readonly values: readonly Value[];
  readonly onChange: (values: readonly Value[]) => void;
}) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className={styles.menu} align="start" sideOffset={4} collisionPadding={8}>
          <Radix.Label className={styles.label}>{label}</Radix.Label>
          {choices.map((choice) => {
            const isChosen = values.includes(choice.value);
            return (
              <Radix.CheckboxItem
                key={choice.value}
                className={styles.item}
                checked={isChosen}
                onSelect={(event) => event.preventDefault()}
                onCheckedChange={() =>
                  onChange(isChosen ? values.filter((each) => each !== choice.value) : [...values, choice.value])
                }
              >
                <span className={styles.name}>{choice.name}</span>
                <Radix.ItemIndicator className={styles.check}>
                  <Icon name="check" />
                </Radix.ItemIndicator>
              </Radix.CheckboxItem>
            );
          })}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
