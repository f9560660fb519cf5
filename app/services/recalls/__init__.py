"""An offer that lies with its borrower is recalled; whose figures changed is noticed and told."""
