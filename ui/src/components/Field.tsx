import { useId, type InputHTMLAttributes, type ReactNode } from "react";

import styles from "./Field.module.css";

export interface FieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, "onChange"> {
  readonly label: string;
  readonly onChange: (value: string) => void;
  /** Below the field, until there is an error. */
  readonly hint?: ReactNode;
  readonly error?: string | undefined;
}

/** One line to write in, with its label above and what is wrong below. */
export function Field({ label, onChange, hint, error, ...rest }: FieldProps) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <input
        {...rest}
        id={id}
        className={styles.input}
        aria-invalid={error !== undefined || undefined}
        aria-describedby={error !== undefined || hint !== undefined ? `${id}-more` : undefined}
        onChange={(event) => onChange(event.target.value)}
      />
      <div id={`${id}-more`}>
        {error !== undefined ? <FieldError>{error}</FieldError> : hint !== undefined && <p className={styles.hint}>{hint}</p>}
      </div>
    </div>
  );
}

/** What is wrong, said at once. */
export function FieldError({ children }: { readonly children: ReactNode }) {
  return (
    <p className={styles.error} role="alert">
      {children}
    </p>
  );
}
