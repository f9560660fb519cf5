"""ports of Anhuan."""
