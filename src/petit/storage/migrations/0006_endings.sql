-- How many runs came to an end by themselves in which ten minutes, of the last two days: a day in 144 numbers.
CREATE TABLE endings (
    slot   INTEGER PRIMARY KEY,
    runs   INTEGER NOT NULL,
    failed INTEGER NOT NULL
) STRICT;

INSERT INTO endings (slot, runs, failed)
    SELECT ended_at / 600000, count(*), sum(status <> 'completed') FROM runs
    WHERE status IN ('completed', 'failed', 'interrupted') AND started_at IS NOT NULL
      AND ended_at >= (SELECT max(ended_at) FROM runs) - 2 * 86400000
    GROUP BY 1;
