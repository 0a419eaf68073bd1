-- What happened to each job within each hour (UTC), counted: a JSON object of short keys (petit.core.tally). Kept in the
-- transactions that end runs and decide fates: pictures of a year cost its hours, however many runs they hold.
CREATE TABLE tallies (
    job_id TEXT NOT NULL,
    hour   INTEGER NOT NULL,
    counts TEXT NOT NULL,
    PRIMARY KEY (job_id, hour)
) STRICT, WITHOUT ROWID;

-- Due times that were decided as a whole stretch: too many to be counted one by one, but their number can be worked out.
CREATE TABLE stretches (
    job_id    TEXT NOT NULL,
    last_due  INTEGER NOT NULL,
    schedule  TEXT NOT NULL,
    first_due INTEGER NOT NULL,
    fate      TEXT NOT NULL CHECK (fate IN ('skipped', 'missed')),
    PRIMARY KEY (job_id, last_due, schedule)
) STRICT, WITHOUT ROWID;

-- What was stored before this version counts, too.
INSERT INTO stretches (job_id, last_due, schedule, first_due, fate)
SELECT job_id, last_due, schedule, first_due, fate FROM occurrences WHERE first_due < last_due AND fate <> 'ran';

INSERT INTO tallies (job_id, hour, counts)
SELECT job_id, hour, json_group_object(key, count) FROM (
    SELECT job_id, hour, key, count(*) AS count FROM (
        SELECT job_id, ended_at / 3600000 AS hour,
            CASE status WHEN 'cancelled' THEN 'x' ELSE substr(status, 1, 1) END || (ended_at % 3600000 / 900000) AS key
        FROM runs WHERE ended_at IS NOT NULL
        UNION ALL
        SELECT job_id, last_due / 3600000, substr(fate, 1, 1) || (last_due % 3600000 / 900000)
        FROM occurrences WHERE first_due = last_due AND fate <> 'ran'
        UNION ALL
        -- A size is the place of the highest bit and the three bits below it; the digits of the hexadecimal form give both.
        SELECT job_id, hour, kind || CASE WHEN took < 16 THEN took ELSE ((bits - 4) << 3) + (took >> (bits - 4)) END
        FROM (
            SELECT job_id, hour, kind, took, 4 * (length(digits) - 1) + CASE
                WHEN digits < '2' THEN 1 WHEN digits < '4' THEN 2 WHEN digits < '8' THEN 3 ELSE 4 END AS bits
            FROM (
                SELECT job_id, hour, kind, took, printf('%x', took) AS digits
                FROM (
                    SELECT job_id, ended_at / 3600000 AS hour,
                        CASE WHEN status = 'completed' AND rerun_of IS NULL AND selected IS NULL THEN 't' ELSE 'u' END
                            AS kind,
                        min(max(ended_at - started_at, 0), 1099511627775) AS took
                    FROM runs WHERE ended_at IS NOT NULL AND started_at IS NOT NULL AND status <> 'cancelled'
                )
            )
        )
    )
    GROUP BY job_id, hour, key
)
GROUP BY job_id, hour;
