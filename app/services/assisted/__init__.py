"""Staff fill in a proposal with its borrower on the phone."""
