"""The command that works out the table of the value of waiting."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command

from taxharvest.engine.harvest.waiting import TABLE
from taxharvest.quant import waiting_table


def test_it_writes_the_rows_that_the_product_ships(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(waiting_table, "VOLATILITIES", (Decimal("0.15"),))
    monkeypatch.setattr(waiting_table, "RATIOS", (Decimal("0.5"),))
    monkeypatch.setattr(waiting_table, "COSTS", (Decimal("0.02"),))
    path = tmp_path / "table.csv"

    call_command("tabulate_waiting", "--out", str(path))

    assert capsys.readouterr().out == f"7 rows written to {path}.\n"
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    with TABLE.open(encoding="utf-8", newline="") as file:
        shipped = {tuple(row[:4]): row[4:] for row in csv.reader(file)}
    assert tuple(header) == waiting_table.HEADER
    for row in rows:
        apart = [
            abs(Decimal(one) - Decimal(other))
            for one, other in zip(row[4:], shipped[tuple(row[:4])], strict=True)
        ]
        # The last place may hang on the machine's arithmetic.
        assert max(apart) <= Decimal("0.00002")
