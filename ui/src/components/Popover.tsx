import * as Radix from "@radix-ui/react-popover";
import type { ReactElement, ReactNode } from "react";

import styles from "./Popover.module.css";

/** A button that opens a small panel beside it. `trigger` is the button, `label` names the panel. */
export function Popover({ trigger, label, children, isOpen, onOpenChange }: {
  readonly trigger: ReactElement;
  readonly label: string;
  readonly children: ReactNode;
  readonly isOpen?: boolean;
  readonly onOpenChange?: (isOpen: boolean) => void;
}) {
  return (
    <Radix.Root {...(isOpen === undefined ? {} : { open: isOpen })} {...(onOpenChange ? { onOpenChange } : {})}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className={styles.popover} aria-label={label} align="end" sideOffset={6} collisionPadding={8}>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
