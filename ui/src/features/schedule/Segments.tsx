import styles from "./Schedule.module.css";

interface SegmentsProps {
  readonly name: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, label: string])[];
  readonly onChange: (value: string) => void;
}

/** One of a few, side by side. */
export function Segments({ name, value, options, onChange }: SegmentsProps) {
  return (
    <fieldset className={styles.segments}>
      <legend className="visually-hidden">{name}</legend>
      {options.map(([each, label]) => (
        <label key={each}>
          <input type="radio" name={name} value={each} checked={each === value} onChange={() => onChange(each)} />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}
