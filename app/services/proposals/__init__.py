"""From answers to a submitted version: by the borrower, or with staff on the phone."""
