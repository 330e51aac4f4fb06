"""Lists as files: JSON, CSV and XLSX. What a spreadsheet could take for a formula is defused."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final, Literal

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

Format = Literal["json", "csv", "xlsx"]
MEDIA_TYPES: Final[dict[Format, str]] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")
LONGEST_CELL: Final = 32_000


def defused(value: Any) -> Any:
    """A cell that no spreadsheet runs: text that begins like a formula gets an apostrophe (OWASP CSV injection)."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if not isinstance(value, str):
        return (
            value
            if value is None or isinstance(value, int | float | bool)
            else defused(json.dumps(value, ensure_ascii=False))
        )
    text = ILLEGAL_CHARACTERS_RE.sub("", value)[:LONGEST_CELL]
    return f"'{text}" if text.lstrip(" \u3000\ufeff").startswith(DANGEROUS) or text.startswith(DANGEROUS) else text


def write_table(form: Format, name: str, columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> bytes:
    """The rows as a file; CSV begins with a byte-order mark, so that Excel reads its Chinese."""
    if form == "json":
        return json.dumps({"items": list(rows)}, ensure_ascii=False, indent=1, default=_as_json).encode()
    if form == "csv":
        text = io.StringIO()
        writer = csv.writer(text, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
        writer.writerow(columns)
        writer.writerows([defused(row.get(column)) for column in columns] for row in rows)
        return text.getvalue().encode("utf-8-sig")
    return _workbook(name, columns, rows)


def _as_json(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _workbook(name: str, columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(name[:31])
    sheet.append(list(columns))
    for row in rows:
        cells = []
        for column in columns:
            value = defused(row.get(column))
            cell = WriteOnlyCell(sheet, value)
            if isinstance(value, str):
                cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
