-- The last finished runs of each job, newest first, ten characters for each: its outcome and its duration in
-- milliseconds (petit.core.figures). Kept in the transaction that ends a run, so that a list of jobs with their figures
-- costs what it costs without them.
ALTER TABLE job_marks ADD COLUMN recent TEXT NOT NULL DEFAULT '';

UPDATE job_marks SET recent = coalesce((
    SELECT group_concat(entry, '') FROM (
        SELECT substr(status, 1, 1) || printf('%09x', min(max(ended_at - started_at, 0), 68719476735)) AS entry
        FROM runs INDEXED BY runs_by_job
        WHERE runs.job_id = job_marks.job_id AND status IN ('completed', 'failed', 'interrupted')
          AND started_at IS NOT NULL
        ORDER BY id DESC LIMIT 30
    )
), '');
