/** Signs that are no status. 16 units, drawn in the colour of the text around them. */
const PATHS = {
  check: "M3.5 8.5l3 3 6-7",
  close: "M4 4l8 8M12 4l-8 8",
  copy: "M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.4 10.4l3.6 3.6",
  more: "M3 8h.01M8 8h.01M13 8h.01",
  down: "M4.5 6.5L8 10l3.5-3.5",
  up: "M4.5 9.5L8 6l3.5 3.5",
  right: "M6.5 4.5L10 8l-3.5 3.5",
  left: "M9.5 4.5L6 8l3.5 3.5",
  play: "M5 3.5v9l7.5-4.5z",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  rerun: "M13.2 8a5.2 5.2 0 1 1-1.6-3.7M12.6 1.6v3.2H9.4",
  cancel: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM4 12l8-8",
  clock: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.8V8l2.2 1.6",
  sun: "M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM8 1.2v1.4M8 13.4v1.4M14.8 8h-1.4M2.6 8H1.2M12.8 3.2l-1 1M4.2 11.8l-1 1M12.8 12.8l-1-1M4.2 4.2l-1-1",
  moon: "M13.4 9.6A5.8 5.8 0 0 1 6.4 2.6a5.8 5.8 0 1 0 7 7z",
  screen: "M2 3h12v8H2zM5.5 14h5M8 11v3",
  menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
  home: "M2.5 7.5L8 2.8l5.5 4.7M4 6.5v6.7h8V6.5",
  jobs: "M2.5 3.5h11v3.6h-11zM2.5 9.4h11V13h-11z",
  runs: "M3 13V8.5M6.4 13V4.5M9.7 13V7M13 13V3",
  calendar: "M2.5 3.8h11v9.7h-11zM2.5 7h11M5.5 2v3M10.5 2v3",
  ledger: "M3.5 2.5h9v11h-9zM6 5.5h4M6 8h4M6 10.5h2.5",
  table: "M2.5 3.5h11v9h-11zM2.5 6.5h11M6.5 6.5v6",
  link: "M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2-2a2.6 2.6 0 0 0-3.7-3.7l-.9.9M9.2 6.8a2.6 2.6 0 0 0-3.7 0l-2 2a2.6 2.6 0 0 0 3.7 3.7l.9-.9",
  external: "M6.5 3.5h-3v9h9v-3M9 3.5h3.5V7M12.3 3.7L7.5 8.5",
  download: "M8 2.5v7.5M4.8 7L8 10.2 11.2 7M3 13.5h10",
  filter: "M2.5 4h11M4.5 8h7M6.5 12h3",
  settings: "M2.5 4.8h5M11 4.8h2.5M2.5 11.2H5M8.5 11.2h5M9.2 6.4a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2zM6.8 12.8a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2z",
  expand: "M9.5 2.5h4v4M6.5 13.5h-4v-4M13.2 2.8L9.4 6.6M2.8 13.2l3.8-3.8",
  warn: "M8 2.2l6.4 11.3H1.6zM8 6.4v3.2M8 11.5v.2",
  info: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.4v3.4M8 5.1v.2",
  graph: "M2 6.3h3.6v3.4H2zM10.4 2.3H14v3.4h-3.6zM10.4 10.3H14v3.4h-3.6zM5.6 8h2.2V4h2.6M7.8 8v4h2.6",
  key: "M6 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8.6 8.4l4.9 4.9M11 10.8l1.6-1.6",
} as const;

export type IconName = keyof typeof PATHS;

/** A sign. What it means stands beside it, or is the label of what it is on. */
export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg
      viewBox="0 0 16 16"
      width={size}
      height={size}
      aria-hidden="true"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === "more" ? 2.4 : 1.5}
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
