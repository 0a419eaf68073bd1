import { TONE, type Status } from "@/lib/status";

import styles from "./Status.module.css";

/** The mark of a status: shape and fill, as in pictures. Without words: beside it, or around it, there are some. */
export function StatusMark({ status, size = 14 }: { readonly status: Status; readonly size?: number }) {
  return (
    <svg
      className={styles.mark}
      data-tone={TONE[status]}
      data-status={status}
      viewBox="0 0 16 16"
      width={size}
      height={size}
      aria-hidden="true"
    >
      {MARKS[status]}
    </svg>
  );
}

/** A status as text: icon and word. `children` replace the word where there is more to say. */
export function StatusText({ status, children }: { readonly status: Status; readonly children?: React.ReactNode }) {
  return (
    <span className={styles.text} data-tone={TONE[status]}>
      <StatusMark status={status} />
      <span>{children ?? status}</span>
    </span>
  );
}

// Filled: something ran. Hollow: nothing ran. `cut` is drawn in the colour of the ground.
const MARKS: Record<Status, React.ReactNode> = {
  completed: (
    <>
      <circle className={styles.fill} cx="8" cy="8" r="7" />
      <path className={styles.cut} d="M4.8 8.3l2.2 2.3 4.2-4.8" />
    </>
  ),
  failed: (
    <>
      <path className={styles.fill} d="M8 .6L15.4 8 8 15.4.6 8z" />
      <path className={styles.cut} d="M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4" />
    </>
  ),
  running: (
    <>
      <circle className={styles.ring} cx="8" cy="8" r="6" opacity="0.35" />
      <path className={styles.arc} d="M8 2a6 6 0 0 1 6 6" />
      <path className={styles.half} d="M8 2a6 6 0 0 1 0 12z" />
    </>
  ),
  retrying: (
    <>
      <path className={styles.ring} d="M13.6 8A5.6 5.6 0 1 1 11.8 3.9" />
      <path className={styles.ring} d="M12.6 1v3.4H9.2" />
    </>
  ),
  interrupted: (
    <>
      <circle className={styles.fill} cx="8" cy="8" r="7" />
      <path className={styles.cut} d="M10 1L5.8 8.4h4.4L6 15" />
    </>
  ),
  cancelled: (
    <>
      <rect className={styles.fill} x="1.5" y="1.5" width="13" height="13" rx="1.5" />
      <path className={styles.cut} d="M4.8 11.2l6.4-6.4" />
    </>
  ),
  pending: (
    <>
      <circle className={styles.ring} cx="8" cy="8" r="6" />
      <circle className={styles.fill} cx="8" cy="8" r="1.7" />
    </>
  ),
  skipped: (
    <>
      <circle className={styles.ring} cx="8" cy="8" r="6.4" strokeDasharray="2.4 1.6" />
      <path className={styles.ring} strokeWidth="1.5" d="M5.2 5.6L7.6 8l-2.4 2.4M8.6 5.6L11 8l-2.4 2.4" />
    </>
  ),
  missed: (
    <>
      <path className={styles.ring} d="M8 1.8l6.6 12H1.4z" strokeDasharray="2.4 1.6" />
      <path className={styles.ring} strokeWidth="1.6" d="M8 6.2v3.4M8 11.6v.3" />
    </>
  ),
};
