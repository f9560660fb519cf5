"""Places where files are kept."""
