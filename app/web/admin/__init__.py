"""Pages for the admin audience."""
