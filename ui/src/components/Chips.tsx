import { useId, useRef, type ReactNode } from "react";

import { Button } from "./Button";
import { useActions } from "./Actions";
import styles from "./Chips.module.css";
import { Icon } from "./Icon";
import { ChoiceMenu, SeveralMenu, type Choice } from "./Menu";

/** Filters of a list in one row: a field to search, chips that choose. All of it belongs into the address. */
export function FilterBar({ label, children, onClear }: {
  readonly label: string;
  readonly children: ReactNode;
  /** Where something is filtered: undo it all. */
  readonly onClear?: (() => void) | undefined;
}) {
  return (
    <div className={styles.bar} role="search" aria-label={label}>
      {children}
      {onClear && (
        <Button look="quiet" onClick={onClear}>
          Clear filters
        </Button>
      )}
    </div>
  );
}

/** The field that `/` goes to. */
export function SearchField({ label, value, onChange }: { readonly label: string; readonly value: string; readonly onChange: (value: string) => void }) {
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const go = () => {
    field.current?.focus(); // not every browser does that with what it selects
    field.current?.select();
  };
  useActions([{ id: "filter", name: label, group: "This page", keys: ["/"], run: go }]);
  return (
    <label className={styles.search} htmlFor={id}>
      <Icon name="search" />
      <span className="visually-hidden">{label}</span>
      <input
        ref={field}
        id={id}
        type="search"
        placeholder={label}
        value={value}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          if (value === "") event.currentTarget.blur();
          else onChange("");
          event.preventDefault();
        }}
      />
      <kbd aria-hidden="true">/</kbd>
    </label>
  );
}

/** A chip that chooses one, or none. */
export function ChoiceChip<Value extends string>({ label, none = "any", choices, value, onChange }: {
  readonly label: string;
  /** What it means that none is chosen. */
  readonly none?: string;
  readonly choices: readonly Choice<Value>[];
  readonly value: Value | undefined;
  readonly onChange: (value: Value | undefined) => void;
}) {
  const chosen = choices.find((choice) => choice.value === value);
  const any: Choice<Value | ""> = { value: "", name: none };
  return (
    <ChoiceMenu<Value | ""> label={label} choices={[any, ...choices]} value={value ?? ""} align="start" onChange={(next) => onChange(next === "" ? undefined : next)}>
      <ChipButton label={label} chosen={chosen?.name} />
    </ChoiceMenu>
  );
}

/** A chip that chooses any number. */
export function SeveralChip<Value extends string>({ label, choices, values, onChange }: {
  readonly label: string;
  readonly choices: readonly Choice<Value>[];
  readonly values: readonly Value[];
  readonly onChange: (values: readonly Value[]) => void;
}) {
  const chosen = choices.filter((choice) => values.includes(choice.value));
  return (
    <SeveralMenu label={label} choices={choices} values={values} onChange={onChange}>
      <ChipButton label={label} chosen={chosen.length === 0 ? undefined : chosen.length > 2 ? `${chosen.length} chosen` : chosen.map((each, at) => <span key={each.value}>{at > 0 && ", "}{each.name}</span>)} />
    </SeveralMenu>
  );
}

function ChipButton({ label, chosen, ...rest }: { readonly label: string; readonly chosen: ReactNode }) {
  return (
    <button type="button" {...rest} className={styles.chip} data-chosen={chosen !== undefined || undefined}>
      <span className={styles.label}>{label}</span>
      {chosen !== undefined && <span className={styles.chosen}>{chosen}</span>}
      <Icon name="down" size={12} />
    </button>
  );
}

/** Something small about a thing: a tag, a badge. With `onRemove` it is a filter in force. */
export function Chip({ children, tone, onRemove, removeLabel }: {
  readonly children: ReactNode;
  readonly tone?: "completed" | "failed" | "running" | "retrying" | "interrupted" | "neutral";
  readonly onRemove?: () => void;
  readonly removeLabel?: string;
}) {
  return (
    <span className={styles.badge} data-tone={tone}>
      {children}
      {onRemove && (
        <button type="button" aria-label={removeLabel ?? "Remove"} onClick={onRemove}>
          <Icon name="close" size={12} />
        </button>
      )}
    </span>
  );
}
