"""P15: one bad file harms only itself, at start and at reload."""
