import { useEffect, useId, useRef, type ReactNode, type SyntheticEvent } from "react";

import { Button } from "./Button";
import styles from "./Dialog.module.css";
import { Icon } from "./Icon";

export interface DialogProps {
  readonly title: string;
  /** Called when it is closed, by whatever. The parent then no longer shows it. */
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** Buttons; the one that does it comes last. */
  readonly foot?: ReactNode;
  /** Enter in a field does it. */
  readonly onSubmit?: () => void;
  readonly size?: "narrow" | "wide";
}

/** A dialog over the page, a sheet on phones. It is open as long as it is rendered; focus returns to the opener.
 *
 * An element with `data-first` gets the focus; else the first one in it that can have it.
 */
export function Dialog({ title, onClose, children, foot, onSubmit, size = "narrow" }: DialogProps) {
  const ref = useModal();
  const id = useId();
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    onSubmit?.();
  };
  return (
    <dialog
      ref={ref}
      className={styles.dialog}
      data-size={size}
      aria-labelledby={id}
      onClose={onClose}
      closedby="any"
    >
      <form className={styles.form} onSubmit={submit} noValidate>
        <header className={styles.head}>
          <h2 id={id}>{title}</h2>
          <Button look="quiet" aria-label="Close" onClick={() => ref.current?.close()}>
            <Icon name="close" />
          </Button>
        </header>
        <div className={styles.body}>{children}</div>
        {foot && <footer className={styles.foot}>{foot}</footer>}
      </form>
    </dialog>
  );
}

/** A ref for a `<dialog>` that is modal while it is rendered. */
export function useModal() {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = ref.current;
    if (!dialog) return;
    const opener = document.activeElement;
    if (!dialog.open) dialog.showModal();
    const first = dialog.querySelector<HTMLElement>("[data-first]") ?? dialog.querySelector<HTMLElement>(FIELDS);
    first?.focus();
    return () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  return ref;
}

const FIELDS = "input:not([type=hidden]), textarea, select, footer button";
