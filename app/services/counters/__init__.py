"""Counter-offers: other terms that staff put before a borrower."""
