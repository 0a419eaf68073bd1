"""What the document says of each route: one file for each group, keyed by method and path."""
