"""What borrowers show of their hardship: added, asked for, read on record, deleted in time."""
