"""How much memory a process and those that it began hold, looked at again and again."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PAUSE_SECONDS = 0.1


@contextmanager
def most_memory(pid: int) -> Iterator[list[int]]:
    """Fill a list, as long as the block runs, with the KiB that all of them held at once."""
    found, is_over = [0], threading.Event()

    def look() -> None:
        while not is_over.wait(PAUSE_SECONDS):
            found.append(sum(map(_held, family(pid))))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield found
    finally:
        is_over.set()
        looking.join()


def family(pid: int) -> list[int]:
    """Return a process with those that it and its own began."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(one for child in children for one in family(int(child)))]


def _held(pid: int) -> int:
    """Resident KiB; what several share is counted for each."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)
