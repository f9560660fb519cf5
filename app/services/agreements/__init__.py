"""A plan is signed: what it stands on, text, paper, signature, check."""
