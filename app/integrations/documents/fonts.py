"""Where the fonts of documents lie."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

FONT_PACKAGES = ("pylopdf_fonts_zh_cn", "manimgx_fonts_cjk")
# Families for the rarest characters, which an operator may add from Debian's packages.
MACHINE_FONTS = (
    Path("/usr/share/fonts/truetype/hanazono"),
    Path("/usr/share/fonts/truetype/babelstone-han"),
)


def font_folders(machine_fonts: Sequence[Path] = MACHINE_FONTS) -> list[str]:
    """Return the folders of the installed fonts, those that come with us first.

    Raises: RuntimeError when one of ours is missing.
    """
    folders = [_folder(package) for package in FONT_PACKAGES]
    folders += [folder for folder in machine_fonts if folder.is_dir()]
    return [str(folder) for folder in folders]


def _folder(package: str) -> Path:
    # Looked up and not imported: the packages are data, and importing them may do work.
    found = find_spec(package)
    if found is None or found.origin is None:
        raise RuntimeError(f"the fonts of {package} are not installed")
    return Path(found.origin).parent
