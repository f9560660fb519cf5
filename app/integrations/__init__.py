"""integrations of Anhuan."""
