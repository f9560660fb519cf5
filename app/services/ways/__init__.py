"""Which kind of plan suits a borrower, and what each kind asks for."""
