"""Money that no rule knew whose it is: finance says so, takes it back, returns it, reads of it."""
