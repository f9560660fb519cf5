"""What is told in confidence: the reason and the income."""
