-- Who may call beside the user that runs Petit, and who did.

-- Tokens, those that are revoked too. Of a secret only the SHA-256 is here. `scopes` and `jobs` are JSON arrays.
CREATE TABLE tokens (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    scopes     TEXT NOT NULL,
    jobs       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    hash       TEXT NOT NULL UNIQUE
) STRICT;
CREATE UNIQUE INDEX tokens_not_revoked ON tokens (name) WHERE revoked_at IS NULL;

-- Changing calls in the order of writing; only the newest are kept.
CREATE TABLE audit (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    caller     TEXT NOT NULL,
    address    TEXT NOT NULL,
    method     TEXT NOT NULL,
    path       TEXT NOT NULL,
    status     INTEGER NOT NULL,
    job_id     TEXT,
    run_id     TEXT,
    request_id TEXT
) STRICT;
