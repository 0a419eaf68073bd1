-- What of a job needs somebody, kept in the transaction that changes it: the answer costs what is wrong now, however
-- much is stored. A job may have marks before its first run: it can miss a due time without having run.

CREATE TABLE job_marks_new (
    job_id             TEXT PRIMARY KEY,
    last_run           TEXT,
    last_ended         TEXT,
    last_ended_at      INTEGER,
    last_completed     TEXT,
    last_completed_at  INTEGER,
    -- Runs that failed or were interrupted since the last one that completed.
    failing_since      INTEGER,
    failures           INTEGER NOT NULL DEFAULT 0,
    last_failed        TEXT,
    -- The last such episode that a completed run ended.
    recovered_at       INTEGER,
    recovered_by       TEXT,
    recovered_since    INTEGER,
    recovered_failures INTEGER,
    -- The newest missed occurrences, while no run was made after them: the key of their row in the ledger.
    missed_schedule    TEXT,
    missed_first_due   INTEGER,
    missed_last_due    INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO job_marks_new (job_id, last_run, last_ended, last_ended_at, last_completed, last_completed_at)
    SELECT job_id, last_run, last_ended, last_ended_at, last_completed, last_completed_at FROM job_marks;
DROP TABLE job_marks;
ALTER TABLE job_marks_new RENAME TO job_marks;
CREATE INDEX job_marks_failing ON job_marks (failing_since) WHERE failing_since IS NOT NULL;
CREATE INDEX job_marks_recovered ON job_marks (recovered_at) WHERE recovered_at IS NOT NULL;
CREATE INDEX job_marks_missed ON job_marks (missed_first_due) WHERE missed_first_due IS NOT NULL;

-- What failed before this version counts, too; what was missed or recovered before is not made up.
UPDATE job_marks SET (failing_since, failures, last_failed) = (
    SELECT min(ended_at), count(*), max(id) FROM runs
    WHERE runs.job_id = job_marks.job_id AND status IN ('failed', 'interrupted') AND ended_at IS NOT NULL
      AND ended_at > coalesce(job_marks.last_completed_at, -1)
);
