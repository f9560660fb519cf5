"""What the making of an export is called as background work, and how often it is tried."""

TASK = "exports"
MAX_ATTEMPTS = 3
