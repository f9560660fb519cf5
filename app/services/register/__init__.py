"""Which agreements the register is asked for, and what they come to."""
