"""What the lender's own systems call."""
