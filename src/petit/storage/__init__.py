"""What is kept: the contract, and its backends."""
