"""The composition root: wires one scheduler process together, starts it and stops it in order."""
