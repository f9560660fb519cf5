"""Money received by files: what a line says, and whose money it is."""
