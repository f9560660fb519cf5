"""Exported files as others read them: csv, openpyxl, LibreOffice."""

import csv
import io
import subprocess
from decimal import Decimal
from pathlib import Path

import openpyxl

TOTAL = "合计"


def csv_rows(data: bytes) -> list[list[str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\r\n") == data.count(b"\n")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def table(rows: list[list]) -> tuple[list[dict], dict, str]:
    """Rows by heading, the row that sums up, and the note below."""
    heads, *body = rows
    *lines, total, note = [dict(zip(heads, row, strict=False)) for row in body]
    assert total[heads[0]] == TOTAL
    assert note[heads[0]].startswith("导出说明")
    return lines, total, note[heads[0]]


def fen(text) -> int:
    """An amount as a reader sees it, in fen; thousands commas are fine."""
    amount = Decimal(str(text).replace(",", "")) * 100
    assert amount == int(amount), text
    return int(amount)


def workbook(path: Path):
    """The workbook with formulas as written, so that one would be seen."""
    return openpyxl.load_workbook(path, data_only=False)


def sheet_rows(sheet) -> list[list]:
    return [
        ["" if cell is None else cell for cell in row] for row in sheet.iter_rows(values_only=True)
    ]


def with_libreoffice(path: Path, to: str, folder: Path) -> list[Path]:
    """Convert by LibreOffice without a screen; the files it wrote."""
    command = [
        "soffice",
        f"-env:UserInstallation=file://{folder / 'profile'}",
        "--headless",
        "--norestore",
        "--convert-to",
        to,
        "--outdir",
        folder / "out",
        path,
    ]
    if path.suffix == ".csv":
        command.insert(-1, "--infilter=CSV:44,34,76,1")
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    found = sorted((folder / "out").glob("*"))
    assert found, done.stderr + done.stdout
    return found
