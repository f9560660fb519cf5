"""Whether a secret was typed and not drawn."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

# Fewer a secret of chance never has: of 32 random bytes some 30 differ, of 32 hexadecimal digits
# some 14.
MIN_DIFFERENT_BYTES, MIN_DIFFERENT_CHARS = 16, 9


def weakness_of(secret: Sequence[int], least_different: int) -> str:
    """What shows that a secret was typed and not drawn, empty where nothing does."""
    if len(set(secret)) < least_different:
        return "too few different values"
    if any(secret[part:] == secret[:-part] for part in range(1, len(secret) // 2 + 1)):
        return "one pattern repeated"
    steps = Counter((after - one) % 256 for one, after in pairwise(secret))
    if steps.most_common(1)[0][1] * 2 >= len(secret):
        return "values in a row"
    return ""
