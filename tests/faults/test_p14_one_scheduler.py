"""P14: one scheduler per database; the second says who the first is and leaves it alone."""
