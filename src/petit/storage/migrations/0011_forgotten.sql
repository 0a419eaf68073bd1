-- Up to which due time retention has forgotten fates of a job: behind it the ledger is whole (petit db check).
ALTER TABLE jobs ADD COLUMN forgotten_until INTEGER;
