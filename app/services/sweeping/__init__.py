"""What no row names."""
