"""What a request to be called back is about, and when someone is best called: codes."""

# An appeal is none of them any more: it has a page and a clock of its own (ADR 0015).
TOPICS = ("talk", "number_changed", "no_code", "figure_wrong", "complain")
WISHED_TIMES = ("any", "morning", "afternoon", "evening")
