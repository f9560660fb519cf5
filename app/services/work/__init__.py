"""Background work as operators see it: when each task last ran, what failed, tried again."""
