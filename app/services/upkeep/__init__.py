"""What must always be true, and what need not be kept."""
