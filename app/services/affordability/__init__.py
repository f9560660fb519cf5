"""What a borrower can afford: a month told group by group, what is left of it."""
