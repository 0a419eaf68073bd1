import { CopyButton } from "../CopyButton";
import { Scroll } from "../Scroll";
import styles from "./JobState.module.css";

const FILE = `id: hello
tasks: [{id: hello, run: echo hello from Petit}]
`;

/** What a newcomer sees: the two lines that make a first job. The page changes by itself when the file is there. */
export function FirstUse() {
  return (
    <section className={styles.first} aria-labelledby="first">
      <h2 id="first">No jobs yet.</h2>
      <p>
        Petit reads YAML files in the jobs directory. Put these two lines into <code>hello.yaml</code> there; this page
        changes by itself when the file appears.
      </p>
      <div className={styles.code}>
        <Scroll className={styles.lines} label="The two lines">
          <pre>{FILE}</pre>
        </Scroll>
        <CopyButton text={FILE} what="the two lines" />
      </div>
    </section>
  );
}
