"""`manage.py trading_metrics`: how trading stands, for a monitor."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from trading.engine.metrics import gauges_text
from trading.selectors.gauges import trading_gauges


class Command(BaseCommand):
    """Prints the figures once, or writes them where a collector of text files finds them."""

    help = (
        "Print how gateways, orders, differences, fills and stops stand, in the text format of Prometheus. "
        "With --out the file is replaced as a whole, for the text file collector of a node exporter."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--out", type=Path, metavar="FILE", help="write them to FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read the figures and tell them."""
        text = gauges_text(trading_gauges(timezone.now()))
        out: Path | None = options["out"]
        if out is None:
            self.stdout.write(text, ending="")
            return
        # A collector must never read half of it.
        fresh = out.with_name(f".{out.name}.new")
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(out)
