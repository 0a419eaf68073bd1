-- What a database of Petit holds. Times are milliseconds since the Unix epoch (UTC).

-- The database itself, in one row. `change` grows with every write; `probes` only with health probes.
CREATE TABLE database (
    only_row  INTEGER PRIMARY KEY CHECK (only_row = 1),
    uuid      TEXT NOT NULL,
    state_dir TEXT,
    change    INTEGER NOT NULL DEFAULT 0,
    probes    INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Small facts, such as the last boot id.
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Jobs, those that are gone from the directory too.
CREATE TABLE jobs (
    job_id     TEXT PRIMARY KEY,
    definition TEXT NOT NULL,
    file       TEXT NOT NULL,
    first_seen INTEGER NOT NULL,
    removed_at INTEGER,
    stale      INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- What jobs said, by content hash; runs are pinned to these.
CREATE TABLE definitions (
    hash      TEXT PRIMARY KEY,
    job_id    TEXT NOT NULL,
    body      BLOB NOT NULL,
    source    TEXT NOT NULL,
    stored_at INTEGER NOT NULL
) STRICT;
CREATE INDEX definitions_of_job ON definitions (job_id, stored_at, hash);

-- The lives of schedules: from a schedule's first load until it was edited away. At most one life is open.
CREATE TABLE schedules (
    job_id   TEXT NOT NULL,
    schedule TEXT NOT NULL,
    since    INTEGER NOT NULL,
    until    INTEGER
) STRICT;
CREATE UNIQUE INDEX schedules_alive ON schedules (job_id, schedule) WHERE until IS NULL;

-- Pauses in force: scope '' is the scheduler, others are job ids.
CREATE TABLE pauses (
    scope  TEXT PRIMARY KEY,
    since  INTEGER NOT NULL,
    until  INTEGER,
    reason TEXT,
    by     TEXT
) STRICT, WITHOUT ROWID;

-- Runs. `off_clock` marks an id that does not carry `created_at` (the clock had stepped back): a span of creation times
-- is a span of ids for all others.
CREATE TABLE runs (
    id            TEXT PRIMARY KEY,
    job_id        TEXT NOT NULL,
    status        TEXT NOT NULL
        CHECK (status IN ('pending', 'running', 'completed', 'failed', 'interrupted', 'cancelled')),
    trigger       TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    definition    TEXT NOT NULL,
    started_at    INTEGER,
    ended_at      INTEGER,
    scheduled_for INTEGER,
    schedule      TEXT,
    error         TEXT,
    reason        TEXT,
    caller        TEXT,
    rerun_of      TEXT,
    cancel_requested_at INTEGER,
    catchup       INTEGER NOT NULL,
    changed       INTEGER NOT NULL,
    off_clock     INTEGER NOT NULL,
    CHECK ((ended_at IS NULL) = (status IN ('pending', 'running')))
) STRICT, WITHOUT ROWID;
-- Each index ends in the id (the primary key), so each gives its runs newest first.
CREATE INDEX runs_active ON runs (status, job_id) WHERE ended_at IS NULL;
CREATE INDEX runs_by_job ON runs (job_id);
CREATE INDEX runs_by_trigger ON runs (trigger);
CREATE INDEX runs_by_job_trigger ON runs (job_id, trigger);
CREATE INDEX runs_by_outcome ON runs (status) WHERE ended_at IS NOT NULL;
CREATE INDEX runs_by_job_outcome ON runs (job_id, status) WHERE ended_at IS NOT NULL;
CREATE INDEX runs_off_clock ON runs (created_at) WHERE off_clock = 1;

-- The newest runs of each job, kept in the transaction that changes them, so that no question about a job scans its runs.
CREATE TABLE job_marks (
    job_id            TEXT PRIMARY KEY,
    last_run          TEXT NOT NULL,
    last_ended        TEXT,
    last_ended_at     INTEGER,
    last_completed    TEXT,
    last_completed_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE tasks (
    run_id     TEXT NOT NULL,
    task_id    TEXT NOT NULL,
    position   INTEGER NOT NULL,
    status     TEXT NOT NULL CHECK (status IN
        ('pending', 'running', 'retrying', 'completed', 'failed', 'skipped', 'cancelled', 'interrupted')),
    attempts   INTEGER NOT NULL,
    started_at INTEGER,
    ended_at   INTEGER,
    exit_code  INTEGER,
    signal     INTEGER,
    error      TEXT,
    reason     TEXT,
    changed    INTEGER NOT NULL,
    PRIMARY KEY (run_id, task_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempts (
    run_id     TEXT NOT NULL,
    task_id    TEXT NOT NULL,
    number     INTEGER NOT NULL,
    status     TEXT NOT NULL CHECK (status IN ('running', 'completed', 'failed', 'cancelled', 'interrupted')),
    opened_at  INTEGER NOT NULL,
    executor   TEXT NOT NULL,
    host       TEXT,
    pid        INTEGER,
    ready_at   INTEGER,
    started_at INTEGER,
    ended_at   INTEGER,
    exit_code  INTEGER,
    signal     INTEGER,
    cause      TEXT,
    error      TEXT,
    waits      TEXT,
    PRIMARY KEY (run_id, task_id, number)
) STRICT, WITHOUT ROWID;

-- The ledger: the fate of each due time. Ranges of a schedule never overlap.
CREATE TABLE occurrences (
    job_id     TEXT NOT NULL,
    schedule   TEXT NOT NULL,
    first_due  INTEGER NOT NULL,
    last_due   INTEGER NOT NULL,
    fate       TEXT NOT NULL CHECK (fate IN ('ran', 'skipped', 'missed')),
    decided_at INTEGER NOT NULL,
    reason     TEXT,
    evidence   TEXT,
    run_id     TEXT,
    definition TEXT,
    PRIMARY KEY (job_id, schedule, first_due),
    CHECK (first_due <= last_due)
) STRICT, WITHOUT ROWID;
CREATE INDEX occurrences_by_due ON occurrences (last_due, job_id, schedule);
CREATE INDEX occurrences_of_job ON occurrences (job_id, last_due, schedule);
CREATE INDEX occurrences_not_run ON occurrences (last_due, job_id, schedule) WHERE fate <> 'ran';
CREATE INDEX occurrence_ranges ON occurrences (job_id, schedule, first_due) WHERE first_due < last_due;

-- Requests that were answered once and are answered alike for a day.
CREATE TABLE idempotency (
    scope       TEXT NOT NULL,
    key         TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    run_id      TEXT NOT NULL,
    expires_at  INTEGER NOT NULL,
    PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_by_expiry ON idempotency (expires_at);
