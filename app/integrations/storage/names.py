"""Names of stored files, the same in every place."""

from app.domain.errors import NotFound


def parts_of(name: str) -> tuple[str, ...]:
    """Return folder and file of a name. Raises: NotFound, for one that would lead outside."""
    parts = tuple(name.removesuffix("/").split("/"))
    # A name with .. is as absent as none, also where it would be a mere letter of a key.
    if any(part in ("", ".", "..") or "\\" in part or "\0" in part for part in parts):
        raise NotFound
    return parts
