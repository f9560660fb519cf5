"""services of Anhuan."""
