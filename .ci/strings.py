"""Texts: bring translations/ up to date with app/ (update), only compare (check), or make the .mo
files (compile).
"""

import io
import subprocess
import sys
import tempfile
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
TRANSLATIONS = ROOT / "translations"
SOURCE_LANGUAGE = "zh_Hans_CN"  # the texts in the code are written in it
EXTRACT = [
    "extract",
    "-F",
    "pyproject.toml",
    "-k",
    "_l",
    "-k",
    "N_",
    "-c",
    "Translators:",
    "--no-location",
]


def extract() -> Catalog:
    """Read every text of the code and the templates."""
    pybabel = Path(sys.executable).with_name("pybabel")
    with tempfile.NamedTemporaryFile(suffix=".pot") as pot:
        extract = [pybabel, "--quiet", *EXTRACT, "-o", pot.name, "."]
        subprocess.run(extract, cwd=ROOT, check=True)  # noqa: S603
        return read_po(pot)


def brought_up_to_date(path: Path, template: Catalog) -> tuple[bytes, list[str]]:
    """Return the catalogue as it should be, and the texts that still lack a translation."""
    language = path.parent.parent.name
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    untold = []
    for message in catalogue:
        if not message.id or (message.string and all(message.string)):
            continue
        if language == SOURCE_LANGUAGE:
            message.string = message.id if isinstance(message.id, str) else (message.id[0],)
        else:
            untold.append(str(message.id))
    out = io.BytesIO()
    write_po(out, catalogue, width=120, no_location=True, omit_header=True, sort_output=True)
    return out.getvalue(), untold


def compile_all(catalogues: list[Path]) -> int:
    """Make the files the server reads; 1, and no file, for words with a place their source text
    has not: a page or message would fail over them.
    """
    found = {}
    for path in catalogues:
        with path.open("rb") as source:
            found[path] = read_po(source, locale=path.parent.parent.name)
    faults = [
        f"{path.relative_to(ROOT)}: {fault} in the words of {message.id!r}"
        for path, catalogue in found.items()
        for message, mistakes in catalogue.check()
        for fault in mistakes
    ]
    print("\n".join(faults), file=sys.stderr, end="\n" if faults else "")
    if faults:
        return 1
    for path, catalogue in found.items():
        with path.with_suffix(".mo").open("wb") as compiled:
            write_mo(compiled, catalogue)
    return 0


def main(command: str) -> int:
    """Update or check every catalogue; 1 when something is stale or untranslated."""
    catalogues = sorted(TRANSLATIONS.glob("*/LC_MESSAGES/messages.po"))
    if command == "compile":
        return compile_all(catalogues)
    template = extract()
    if command == "update" and not (TRANSLATIONS / SOURCE_LANGUAGE).exists():
        catalogues.append(TRANSLATIONS / SOURCE_LANGUAGE / "LC_MESSAGES" / "messages.po")
        catalogues[-1].parent.mkdir(parents=True)
        catalogues[-1].touch()
    faults = [] if catalogues else ["translations/ holds no catalogue: run make strings"]
    for path in catalogues:
        wanted, untold = brought_up_to_date(path, template)
        name = path.relative_to(ROOT)
        faults += [f"{name}: no translation of {text!r}" for text in untold]
        if command == "update":
            path.write_bytes(wanted)
        elif path.read_bytes() != wanted:
            faults.append(f"{name} is not up to date: run make strings")
    print("\n".join(faults), file=sys.stderr, end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
