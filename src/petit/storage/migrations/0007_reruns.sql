-- Runs that repeat others, that are limited to some tasks, and that begin at a time of their own.

-- `selected` is a JSON array of tasks, NULL for all of them. A pending run with `run_at` waits for that moment first.
ALTER TABLE runs ADD COLUMN run_at INTEGER;
ALTER TABLE runs ADD COLUMN selected TEXT;
CREATE INDEX runs_to_come ON runs (status, job_id, run_at) WHERE ended_at IS NULL AND run_at IS NOT NULL;

-- The run that really ran a task which completed before this run began.
ALTER TABLE tasks ADD COLUMN reused_from TEXT;
