"""Another plan tried beside the one that stands; nothing is kept."""
