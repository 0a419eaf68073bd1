"""What `/metrics` tells, for Prometheus. Nobody imports this before somebody asks."""
