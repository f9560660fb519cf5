"""How long sessions last."""

from datetime import timedelta

BORROWER_IDLE = timedelta(minutes=15)
STAFF_IDLE = timedelta(minutes=30)
