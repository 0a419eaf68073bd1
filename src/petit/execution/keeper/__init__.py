"""The keeper: the small process that is parent of the task processes and outlives the engine."""
