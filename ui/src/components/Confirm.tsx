import type { ReactNode } from "react";

import { sayError } from "@/api/errors";

import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { FieldError } from "./Field";

export interface ConfirmProps {
  /** The question: "Cancel run?" */
  readonly title: string;
  /** What will happen: "TERM now, KILL after 10 s. 3 tasks are running." */
  readonly children: ReactNode;
  /** What the button does: "Cancel run". */
  readonly action: string;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  readonly isDanger?: boolean;
  readonly isPending?: boolean;
  readonly error?: unknown;
}

/** Asks before something happens that cannot be taken back, and names the effect. Enter confirms. */
export function Confirm({ title, children, action, onConfirm, onClose, isDanger = false, isPending = false, error }: ConfirmProps) {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      onSubmit={onConfirm}
      foot={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button type="submit" look={isDanger ? "danger" : "primary"} data-first disabledReason={isPending ? "It is being done" : undefined}>
            {action}
          </Button>
        </>
      }
    >
      <div>{children}</div>
      {error !== undefined && error !== null && <FieldError>{sayError(error)}</FieldError>}
    </Dialog>
  );
}
