"""manage.py import_prices: take a CSV file of daily closes into the book."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Household
from common.errors import DomainError
from portfolios.services.price_files import price_file_import, problems

SHOWN = 20


class Command(BaseCommand):
    """Record closes, then value again whoever holds what they price."""

    help = "Import daily closes from CSV: symbol,date,close[,currency], or date and one column a symbol."

    def add_arguments(self, parser: CommandParser) -> None:
        """Arguments of the command."""
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--owner", metavar="EMAIL", help="price this person's instruments, not shared ones"
        )
        parser.add_argument("--source", default="", help="who says so (default: the file's name)")
        parser.add_argument("--currency", default="", help="where the file states none")
        parser.add_argument("--symbol", default="", help="where the file has no symbol column")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import and print what happened, problem rows first."""
        path: Path = options["file"]
        household = None
        if options["owner"]:
            household = Household.objects.filter(members__user__email=options["owner"].lower()).first()
            if household is None:
                raise CommandError(f"Nobody with a household signs in as {options['owner']}.")
        try:
            result = price_file_import(
                data=path.read_bytes(),
                source=options["source"] or path.name,
                household_id=household.pk if household else None,
                currency=options["currency"].upper(),
                symbol=options["symbol"],
            )
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        except DomainError as error:
            raise CommandError(f"{path}: {error.detail}") from error
        wrong = problems(result.rows)
        for row in wrong[:SHOWN]:
            self.stderr.write(f"{path.name}, line {row.line}, {row.field or 'row'}: {row.reason}")
        if len(wrong) > SHOWN:
            self.stderr.write(f"… and {len(wrong) - SHOWN} more")
        self.stdout.write(
            f"{result.recorded} closes recorded, {result.households} households valued again, "
            f"{len(wrong)} rows left out."
        )
        if wrong and not result.recorded:
            raise CommandError("Nothing was recorded.")
