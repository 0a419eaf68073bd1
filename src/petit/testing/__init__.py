"""Fakes and harness for tests of Petit and of what is built on it."""
