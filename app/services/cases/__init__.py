"""A case at the desk: who owns it, what bears on it, the answer and the appeal."""
