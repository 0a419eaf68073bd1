-- Old runs go (see petit.core.retention). What still needs a run is found by an index.

CREATE INDEX tasks_reused ON tasks (reused_from) WHERE reused_from IS NOT NULL;
CREATE INDEX idempotency_by_run ON idempotency (run_id);

-- Runs that are kept while their logs are gone.
CREATE TABLE removed_logs (
    run_id     TEXT PRIMARY KEY,
    removed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
