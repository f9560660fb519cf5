"""Messages: their texts, and the queue that hands them over."""
