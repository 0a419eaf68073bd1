"""What the benchmarks share: the loop in C, a scheduler to be measured, and where figures go."""
