"""A signed plan that runs: reminders, dates, one of them moved."""
