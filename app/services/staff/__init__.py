"""The lender's staff: accounts, passwords, the second factor, signing in at the desk."""
