"""The sentences of an agreement, in Chinese, which binds, by kind of plan."""
