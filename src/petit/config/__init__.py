"""Job files and settings: text in, jobs or diagnostics out."""
