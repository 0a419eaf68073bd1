import { Link } from "@tanstack/react-router";

import { Duration, Time } from "@/components/Time";
import { RunLink, Why } from "@/components/Why";

import styles from "./Schedule.module.css";
import type { Bar, Mark, Row } from "./timeline";

const MOST = 500;

interface Line {
  readonly at: number;
  readonly bar?: Bar;
  readonly mark?: Mark;
}

/** The picture as a table: what was, did not run and is to come, by time. */
export function Table({ rows, now }: { readonly rows: readonly Row[]; readonly now: number }) {
  const lines: Line[] = rows
    .flatMap((row): Line[] => [...row.bars.map((bar) => ({ at: bar.from, bar })), ...row.marks.map((mark) => ({ at: mark.at, mark }))])
    .toSorted((a, b) => Math.abs(a.at - now) - Math.abs(b.at - now))
    .slice(0, MOST)
    .toSorted((a, b) => a.at - b.at);
  return (
    <table className={styles.table}>
      <caption className="visually-hidden">What happens, by time: the {lines.length} nearest to now</caption>
      <thead>
        <tr>
          <th scope="col">Time</th>
          <th scope="col">Job</th>
          <th scope="col">What</th>
          <th scope="col">Takes</th>
          <th scope="col">Run or reason</th>
        </tr>
      </thead>
      <tbody>
        {lines.map(({ at, bar, mark }) => (
          <tr key={bar?.key ?? mark?.key}>
            <td>
              <Time at={at} />
            </td>
            <th scope="row">
              <Link to="/jobs/$jobId" params={{ jobId: bar?.jobId ?? mark?.jobId ?? "" }}>
                {bar?.jobId ?? mark?.jobId}
              </Link>
            </th>
            <td>{bar ? wordOf(bar) : mark?.isPlanned ? "will be skipped" : mark?.fate}</td>
            <td>{bar && <Duration ms={bar.to - bar.from} />}</td>
            <td>
              {bar?.runId != null && <RunLink runId={bar.runId} />}
              {mark && <Why reason={mark.reason} evidence={null} />}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function wordOf(bar: Bar): string {
  if (bar.kind !== "planned") return bar.state;
  return bar.state === "wait" ? "will wait" : "to come";
}
