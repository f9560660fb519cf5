"""How a signed plan is kept: what money covered, what is due, missed, cured, broken, completed."""
