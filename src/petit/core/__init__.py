"""The model and the decisions, pure: no input, no output, no clock."""
