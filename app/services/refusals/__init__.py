"""What is there for a borrower after a refusal: the nearest plan, and the way to it."""
