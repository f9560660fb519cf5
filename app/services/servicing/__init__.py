"""A signed plan that runs: reminders and dates."""
