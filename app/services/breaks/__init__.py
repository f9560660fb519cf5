"""A plan whose cure is over: broken on record, what comes next, what a person answers."""
