"""Files in a folder of this machine, or of a disk that several hosts share."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from app.domain.errors import GatewayDown, NotFound
from app.integrations.storage.names import parts_of

HALF = ".half"


class DiskStorage:
    """Keeps files under one root, readable for their owner only."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    @contextmanager
    def writing(self, name: str) -> Iterator[BinaryIO]:
        """Write beside the final name and move there once all of it is on disk."""
        path = self._path(name)
        # The final name only ever stands for a whole file, also after a kill or a full disk.
        half = path.with_name(path.name + HALF)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with open(os.open(half, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as file:
                yield file
                file.flush()
                # Before the name: after a power cut there must be no name over empty blocks.
                os.fsync(file.fileno())
            half.replace(path)
        except OSError as problem:
            raise GatewayDown(f"文件写不进去：{problem.strerror}") from problem
        finally:
            with suppress(OSError):
                half.unlink()

    def opened(self, name: str) -> BinaryIO:
        """Open a stored file."""
        try:
            return self._path(name).open("rb")
        except OSError as problem:
            raise NotFound from problem

    def folders(self, *, before: datetime) -> Iterator[str]:
        """Yield the folders into which nothing was written since an instant."""
        try:
            found = sorted(one for one in self.root.iterdir() if one.is_dir())
        except FileNotFoundError:  # nothing was ever written
            return
        for folder in found:
            # Gone meanwhile: somebody else has deleted it.
            with suppress(FileNotFoundError):
                times = [folder.stat().st_mtime, *(one.stat().st_mtime for one in folder.iterdir())]
                if max(times) < before.timestamp():
                    yield folder.name

    def delete(self, folder: str) -> None:
        """Delete a folder."""
        # What is gone already is deleted; the job that asks is repeated anyway.
        shutil.rmtree(self._path(folder), ignore_errors=True)

    def _path(self, name: str) -> Path:
        path = self.root.joinpath(*parts_of(name)).resolve()
        # A link that leads out of the root is as absent as none.
        if self.root not in path.parents:
            raise NotFound
        return path
