"""manage.py tabulate_waiting: work out the table of the value of waiting again."""

import csv
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from taxharvest.engine.harvest.waiting import TABLE


class Command(BaseCommand):
    """Solve the decision of waiting at every entry of the table and write it down as CSV."""

    help = "Work out the table of the value of waiting, which harvest proposals read, and write it down."

    def add_arguments(self, parser: CommandParser) -> None:
        """Arguments of the command."""
        parser.add_argument("--out", type=Path, default=TABLE, help="where to (the product's own data)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the table and say how many rows it has."""
        from taxharvest.quant.waiting_table import HEADER, table_rows  # noqa: PLC0415 - loads numpy

        rows = list(table_rows())
        with options["out"].open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(HEADER)
            writer.writerows(rows)
        self.stdout.write(f"{len(rows)} rows written to {options['out']}.")
