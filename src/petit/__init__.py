"""Petit: the scheduler you put on one small machine and trust."""
