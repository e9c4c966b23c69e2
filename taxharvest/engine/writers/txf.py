"""Rows of Form 8949 as a TXF file, which tax programs import.

Source: Tax Exchange Format, version 042 (Intuit, 30 November 2011): reference numbers 321, 711 and 712 for
short-term sales with box A, B and C, and 323, 713 and 714 for long-term ones with box D, E and F; record
format 5 with the lines P (security), D (day acquired), D (day sold), $ (cost), $ (net sales) and $
(disallowed wash sale). The format is older than the boxes for digital assets, and has no line
for any adjustment but W.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from taxharvest.engine.boxes import Box
from taxharvest.engine.form_8949 import Form8949, Form8949Row

REFERENCES = {Box.A: 321, Box.B: 711, Box.C: 712, Box.D: 323, Box.E: 713, Box.F: 714}
LINE_END = "\r\n"
SECURITY_LIMIT = 80
NO_BOX = "TXF 042 has no number for boxes of digital assets; enter this row by hand."
NO_ADJUSTMENT = "TXF 042 carries no adjustment but a wash sale; enter code {codes} and column (g) by hand."


@dataclass(frozen=True, slots=True, kw_only=True)
class TxfFile:
    """The bytes of the file, and the rows that need a hand after the import, with the reason."""

    data: bytes
    by_hand: tuple[tuple[Form8949Row, str], ...] = ()


def form_8949_txf(form: Form8949, *, program: str, exported: date) -> TxfFile:
    """All rows of `form`, those that go directly to Schedule D included, as TXF.

    `program` and the day `exported` stand in the header. A row with another adjustment than a wash sale is
    written with its columns (d) and (e) and its wash sale, and listed in `by_hand`; a row under a box for
    digital assets is only listed.
    """
    records = [f"V042{LINE_END}A{_ascii(program)}{LINE_END}D{_day(exported)}{LINE_END}^{LINE_END}"]
    by_hand = []
    for row in _rows(form):
        if row.box not in REFERENCES:
            by_hand.append((row, NO_BOX))
            continue
        records.append(_record(row))
        if row.codes not in ("", "W"):
            by_hand.append((row, NO_ADJUSTMENT.format(codes=row.codes)))
    return TxfFile(data="".join(records).encode("ascii"), by_hand=tuple(by_hand))


def _rows(form: Form8949) -> Iterable[Form8949Row]:
    return (row for section in (*form.direct, *form.sections) for row in section.rows)


def _record(row: Form8949Row) -> str:
    # acquired_text is empty only where the day is known.
    acquired = row.acquired_text or f"{row.acquired:%m/%d/%Y}"
    lines = (
        "TD",
        f"N{REFERENCES[row.box]}",
        "C1",
        "L1",
        f"P{_ascii(row.description)[:SECURITY_LIMIT]}",
        f"D{acquired}",
        f"D{_day(row.sold)}",
        f"${_amount(row.basis)}",
        f"${_amount(row.proceeds)}",
        f"${_amount(row.washed) if row.washed else ''}",
        "^",
    )
    return "".join(line + LINE_END for line in lines)


def _day(day: date) -> str:
    return f"{day:%m/%d/%Y}"


def _amount(amount: Decimal) -> str:
    return f"{amount:.2f}"


def _ascii(text: str) -> str:
    """`text` in the letters that the format knows: accents fall away, other scripts become question marks."""
    decomposed = "".join(
        char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char)
    )
    return " ".join(decomposed.encode("ascii", errors="replace").decode().replace("^", " ").split())
