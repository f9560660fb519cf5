"""Money that arrives: whose it is, kept as facts; files of repayments taken in."""
