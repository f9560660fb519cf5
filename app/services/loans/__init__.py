"""What is owed on stored loans, and the plans that are kept on them."""
