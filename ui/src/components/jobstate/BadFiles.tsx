import type { SchedulerState } from "@/api/schema";
import { plural } from "@/lib/duration";

import { Icon } from "../Icon";
import { Scroll } from "../Scroll";
import styles from "./JobState.module.css";

type Problem = SchedulerState["problems"][number];

/** Job files that cannot be read: what is wrong, where, and the text with a caret. */
export function BadFiles({ problems }: { readonly problems: readonly Problem[] }) {
  if (problems.length === 0) return null;
  const files = new Set(problems.map((problem) => problem.file)).size;
  return (
    <section className={styles.bad} aria-label="Job files with errors">
      <details open={problems.length <= 2}>
        <summary>
          <Icon name="warn" /> {plural(problems.length, "error")} in {plural(files, "job file")}. What was good before still runs.
        </summary>
        {problems.map((problem) => (
          <div key={`${problem.file}:${problem.line}:${problem.column}:${problem.message}`}>
            <p>
              <code>{problem.file}</code> line {problem.line}: {problem.message}
            </p>
            <Scroll className={styles.caret} label={`The text of ${problem.file}`}>
              <pre>{caretOf(problem)}</pre>
            </Scroll>
          </div>
        ))}
      </details>
    </section>
  );
}

/** The diagnostic without its first line, which the sentence above it has said. */
function caretOf(problem: Problem): string {
  const lines = problem.text.split("\n");
  return (lines.length > 1 ? lines.slice(1) : lines).join("\n");
}
