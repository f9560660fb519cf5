"""jobs of Anhuan."""
