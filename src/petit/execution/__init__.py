"""Running attempts: the executor contract, the keeper and the log files."""
