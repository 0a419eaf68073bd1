"""P12: a restart costs nothing: tasks go on, the next start adopts them with their true results."""
