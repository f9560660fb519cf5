"""What a request to be called back is about, and when someone is best called: codes."""

TOPICS = ("talk", "number_changed", "no_code", "figure_wrong", "complain")
WISHED_TIMES = ("any", "morning", "afternoon", "evening")
