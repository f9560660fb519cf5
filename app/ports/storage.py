"""What the product needs to keep files that are too large for a table."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from typing import BinaryIO, Protocol


class Storage(Protocol):
    """Files by name, in folders: `folder/name`. Every host that serves or makes them sees the same
    ones.
    """

    def writing(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a new file; it is there, whole, after the block, and not there at all when the block
        broke.

        Raises: GatewayDown when the place cannot be written now.
        """
        ...

    def opened(self, name: str) -> BinaryIO:
        """Open a stored file for reading from its beginning to its end; it need not be seekable.

        Raises: NotFound; GatewayDown when the place cannot be read now, also while it is read.
        """
        ...

    def folders(self, *, before: datetime) -> Iterator[str]:
        """Yield the folders into which nothing was written since an instant.

        Raises: GatewayDown.
        """
        ...

    def delete(self, folder: str) -> None:
        """Delete a folder with what it holds; one that is not there is fine. Raises: GatewayDown
        when the place cannot be reached now.
        """
        ...
