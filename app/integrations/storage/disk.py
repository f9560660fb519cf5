"""Files in a folder of this machine, or of a disk that several hosts share."""

import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from app.domain.errors import GatewayDown, NotFound
from app.integrations.storage.names import parts_of

HALF = ".half"
BLOCK_BYTES = 256 * 1024


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
            # The names too: a row that is committed next tells of them.
            for folder in (path.parent, self.root):
                _sync(folder)
        except OSError as problem:
            raise GatewayDown(f"文件写不进去：{problem.strerror}") from problem
        finally:
            with suppress(OSError):
                half.unlink()

    def opened(self, name: str) -> BinaryIO:
        """Open a stored file; where the place fails it is not said that there were none."""
        path = self._path(name)
        with _told():
            return io.BufferedReader(_Reading(path), BLOCK_BYTES)

    def folders(self, *, before: datetime) -> Iterator[str]:
        """Yield the folders into which nothing was written since an instant."""
        for name in self._names():
            if _last_written(self.root / name) < before.timestamp():
                yield name

    def delete(self, folder: str) -> None:
        """Delete a folder. Raises: GatewayDown, also half-way."""
        with _told():
            shutil.rmtree(self._path(folder), onerror=_unless_gone)

    def _names(self) -> list[str]:
        try:
            with _told():
                return sorted(one.name for one in os.scandir(self.root) if one.is_dir())
        except NotFound:  # nothing was ever written
            return []

    def _path(self, name: str) -> Path:
        path = self.root.joinpath(*parts_of(name)).resolve()
        # A link that leads out of the root is as absent as none.
        if self.root not in path.parents:
            raise NotFound
        return path


class _Reading(io.RawIOBase):
    """A file whose place may fail also while it is read."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with _told():
            return self._file.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


@contextmanager
def _told() -> Iterator[None]:
    """Ask the place. Raises: NotFound only where there is no such file, else GatewayDown."""
    try:
        yield
    except (FileNotFoundError, IsADirectoryError) as problem:
        raise NotFound from problem
    except OSError as problem:
        raise GatewayDown(f"文件读不出来：{problem.strerror}") from problem


def _last_written(folder: Path) -> float:
    try:
        with _told():
            return max(one.stat().st_mtime for one in (folder, *folder.iterdir()))
    except NotFound:  # gone meanwhile: somebody else has deleted it
        return float("inf")


def _sync(folder: Path) -> None:
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(place)
    finally:
        os.close(place)


def _unless_gone(_act: object, _path: str, fault: Any) -> None:
    # What is gone already is deleted; the job that asks is repeated anyway.
    if not isinstance(fault[1], FileNotFoundError):
        raise fault[1]
