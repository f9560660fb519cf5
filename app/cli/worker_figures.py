"""What the workers of this host counted, each in files of its own; those of the dead are added up
in one, so that counts never fall and files do not pile up.
"""

import os
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

# A process of this number there is none: the sum of all that ended.
ENDED = 0


class WorkerFigures:
    """One reader for a folder: it alone takes files away."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._turn = folder, threading.Lock()

    def describe(self) -> Iterable[Any]:
        """Nothing is read before somebody asks."""
        return ()

    def collect(self) -> Iterable[Any]:
        """Return what all workers counted, the dead ones too."""
        from prometheus_client import multiprocess

        reader: Any = multiprocess.MultiProcessCollector  # without types
        with self._turn:
            self._folder.mkdir(parents=True, exist_ok=True)
            for kind in ("counter", "histogram"):
                self._fold(kind)
            return tuple(reader(None, path=str(self._folder)).collect())

    def _fold(self, kind: str) -> None:
        from prometheus_client import mmap_dict

        kept: Any = mmap_dict.MmapedDict  # without types
        files = [one for one in self._folder.glob(f"{kind}_*.db") if _is_over(_pid(one))]
        if not [one for one in files if _pid(one) != ENDED]:
            return
        sums: dict[str, float] = {}
        for file in files:
            for key, value, _at, _place in kept.read_all_values_from_file(str(file)):
                sums[key] = sums.get(key, 0) + value
        fresh = self._folder / f"{kind}.fresh"
        fresh.unlink(missing_ok=True)
        written = kept(str(fresh))
        for key, value in sums.items():
            written.write_value(key, value, 0)
        written.close()
        fresh.replace(self._folder / f"{kind}_{ENDED}.db")
        for file in files:
            if _pid(file) != ENDED:
                file.unlink()


def _pid(file: Path) -> int:
    return int(file.stem.rpartition("_")[2])


def _is_over(pid: int) -> bool:
    if pid == ENDED:
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # someone else's: at least it lives
        return False
    return False
