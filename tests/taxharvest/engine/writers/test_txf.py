"""TXF to the byte, and what it cannot carry."""

from datetime import date

from taxharvest.engine.writers.txf import form_8949_txf
from tests.taxharvest.engine.writers.sample_forms import form

EXPECTED = """V042
AWealthAlloc 1.0
D02/01/2026
^
TD
N321
C1
L1
P100 sh. ACME CORP
D02/03/2025
D06/30/2025
$1000.00
$800.00
$
^
TD
N321
C1
L1
P100 sh. =BOLT INC
D02/03/2025
D06/30/2025
$1000.00
$800.00
$50.00
^
TD
N323
C1
L1
P100 sh. ACME CORP
D01/02/2020
D06/30/2025
$20100.00
$21000.00
$
^
TD
N714
C1
L1
P100 sh. Capek & Sohne
DINHERITED
D06/30/2025
$1000.00
$800.00
$
^
""".replace("\n", "\r\n").encode("ascii")


def test_rows_are_written_to_the_byte_and_the_rest_is_left_to_the_hand() -> None:
    made = form_8949_txf(form(summarises_direct=True), program="WealthAlloc 1.0", exported=date(2026, 2, 1))

    assert made.data == EXPECTED
    assert [(row.symbol, reason) for row, reason in made.by_hand] == [
        ("BTC", "TXF 042 has no number for boxes of digital assets; enter this row by hand."),
        ("DUNE", "TXF 042 carries no adjustment but a wash sale; enter code B and column (g) by hand."),
    ]


def test_what_would_end_a_record_or_is_no_ascii_cannot_break_the_file() -> None:
    made = form_8949_txf(form(), program="Wealth^Alloc\n株", exported=date(2026, 2, 1))

    assert made.data.startswith(b"V042\r\nAWealth Alloc ?\r\nD02/01/2026\r\n^\r\n")
    assert made.data.count(b"^\r\n") == 5
