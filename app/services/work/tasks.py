"""The tasks of the background work: which come round, how often, and how often a piece is tried."""

from datetime import timedelta

from app.ports.work import HURRIED, Task
from app.services.finance.export_work import MAX_ATTEMPTS, TASK

SOON, MINUTE = timedelta(seconds=3), timedelta(minutes=1)
TEN_MINUTES, HOUR = timedelta(minutes=10), timedelta(hours=1)
TASKS = (
    Task("policies", MINUTE),
    Task("lapsing", MINUTE),
    Task("keeping", MINUTE),
    Task("orders", MINUTE),
    Task("reminders", MINUTE),
    Task("endings", TEN_MINUTES),
    # Rows are leased one by one: hosts hand over side by side.
    Task("outbox", SOON, priority=HURRIED, is_shared=True),
    Task("stamps", MINUTE),
    Task("papers", MINUTE),
    Task("ledger", HOUR),
    Task("dues", TEN_MINUTES),
    Task("differences", TEN_MINUTES),
    Task(TASK, TEN_MINUTES, attempts=MAX_ATTEMPTS),
    Task("nightly", SOON),
    Task("lender-files", TEN_MINUTES),
    Task("figures", TEN_MINUTES),
    Task("housekeeping", TEN_MINUTES),
    Task("sweeping", HOUR),
)
