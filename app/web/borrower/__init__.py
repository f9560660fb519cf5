"""Pages for the borrower audience."""
