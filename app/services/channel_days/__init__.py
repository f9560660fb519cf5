"""What a channel's statement of a day says, beside what we hold of it."""
