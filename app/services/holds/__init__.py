"""When nobody contacts a borrower: breathing space, and the papers that say so."""
