"""What is asked for once."""
