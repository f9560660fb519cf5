"""Which of a borrower's loans go into one plan."""
