"""A version of a plan from sealing to its end: lock, move, verdict, lapse."""
