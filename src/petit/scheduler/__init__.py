"""The engine, its handle, and the driver of runs."""
