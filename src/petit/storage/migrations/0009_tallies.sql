-- What happened to each job within each hour (UTC), counted in short words (petit.core.tally). Kept in the transactions
-- that end runs and decide fates: pictures of a year cost its hours, however many runs they hold.
CREATE TABLE tallies (
    job_id TEXT NOT NULL,
    hour   INTEGER NOT NULL,
    tally  TEXT NOT NULL,
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

INSERT INTO tallies (job_id, hour, tally)
SELECT job_id, hour, group_concat(word || CASE count WHEN 1 THEN ' ' ELSE '*' || count || ' ' END, '') || '|' FROM (
    SELECT job_id, at / 3600000 AS hour, letter || (at % 3600000 / 900000) || size AS word, count(*) AS count FROM (
        SELECT job_id, last_due AS at, substr(fate, 1, 1) AS letter, '' AS size
        FROM occurrences WHERE first_due = last_due AND fate <> 'ran'
        UNION ALL
        SELECT job_id, ended_at, 'x', '' FROM runs WHERE status = 'cancelled' AND ended_at IS NOT NULL
        UNION ALL
        -- A size is the place of the highest bit and the three bits below it; the hexadecimal digits tell the place.
        SELECT job_id, ended_at, letter,
            coalesce('_' || CASE WHEN took < 16 THEN took ELSE ((bits - 4) << 3) + (took >> (bits - 4)) END, '')
        FROM (
            SELECT job_id, ended_at, letter, took, 4 * (length(digits) - 1) + CASE
                WHEN digits < '2' THEN 1 WHEN digits < '4' THEN 2 WHEN digits < '8' THEN 3 ELSE 4 END AS bits
            FROM (
                SELECT job_id, ended_at, letter, took, printf('%x', took) AS digits FROM (
                    SELECT job_id, ended_at, min(max(ended_at - started_at, 0), 1099511627775) AS took, CASE
                        WHEN status <> 'completed' THEN substr(status, 1, 1)
                        WHEN rerun_of IS NULL AND selected IS NULL THEN 'c' ELSE 'p' END AS letter
                    FROM runs WHERE status IN ('completed', 'failed', 'interrupted') AND ended_at IS NOT NULL
                )
            )
        )
    )
    GROUP BY job_id, hour, word
)
GROUP BY job_id, hour;
