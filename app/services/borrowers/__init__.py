"""Home, and people as the desk finds them."""
