"""Fakes that implement the ports, for tests of Petit and of what is built on it."""
