"""Questions and complaints, with their clocks."""
