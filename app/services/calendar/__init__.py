"""The working calendar: which years are known, and the notice of a new one."""
