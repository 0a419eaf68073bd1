-- What did not run of a job is few among all that did.
CREATE INDEX occurrences_of_job_not_run ON occurrences (job_id, last_due, schedule) WHERE fate <> 'ran';
