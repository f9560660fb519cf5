"""What finance takes: the register of agreements and its exports."""
