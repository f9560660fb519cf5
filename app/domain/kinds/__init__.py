"""The kinds of plans: how each is computed, over one loan or several."""
