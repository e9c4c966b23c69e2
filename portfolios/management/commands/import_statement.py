"""`manage.py import_statement FILE --owner EMAIL --portfolio NAME`: a statement into the book."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.management.base import BaseCommand, CommandError

from common.errors import DomainError
from portfolios.models import ImportRow, ImportRun
from portfolios.services.import_direct import DirectImport, import_direct

# How many rows that were not understood are listed before only their number is.
ROWS_SHOWN = 50
STAGES = {
    "reading": "Reading",
    "comparing": "Comparing with the book",
    "recording": "Recording",
    "deriving": "Deriving lots",
    "checking": "Comparing with the statement",
    "valuing": "Valuing",
}


class Command(BaseCommand):
    """Imports one statement, synchronously, and prints what that did."""

    help = (
        "Import a broker's statement (Interactive Brokers Flex XML, or CSV) into a portfolio. Importing the "
        "same or an overlapping file again adds nothing twice. A portfolio that does not exist is opened. "
        "Of a file with several accounts, the first goes into the portfolio named and each other one into "
        "a portfolio of its own, named after it and the account, unless it was imported before."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("file", metavar="FILE", help="the statement")
        parser.add_argument("--owner", required=True, metavar="EMAIL", help="whose book it goes into")
        parser.add_argument("--portfolio", required=True, metavar="NAME", help="the portfolio it goes into")
        parser.add_argument(
            "--mapping",
            metavar="NAME",
            default="",
            help="a saved meaning of the columns of a CSV file; without it they are guessed from the header",
        )
        parser.add_argument(
            "--date-format",
            metavar="FORMAT",
            default="",
            help="how a CSV file without a saved mapping writes dates, such as DD/MM/YYYY",
        )
        parser.add_argument(
            "--adopt-openings",
            action="store_true",
            help="add opening positions and cash for what the statement holds but does not explain",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would happen, and leave the book alone"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import and report. Exits non-zero, with the reason, when the file could not be imported."""
        path = Path(options["file"])
        try:
            with path.open("rb") as handle:
                outcome = import_direct(
                    file=File(handle, name=path.name),
                    file_name=path.name,
                    owner_email=options["owner"],
                    portfolio_name=options["portfolio"],
                    mapping_name=options["mapping"],
                    date_format=options["date_format"],
                    adopts_openings=options["adopt_openings"],
                    is_rehearsal=options["dry_run"],
                    report=self._report if options["verbosity"] > 1 else None,
                )
        except OSError as error:
            raise CommandError(f"{path}: cannot be opened ({error.strerror}).") from None
        except DomainError as refusal:
            raise CommandError(self._words(path, refusal)) from None
        self._print(outcome)

    def _report(self, stage: str, done: int, total: int) -> None:
        count = f" {done} of {total}" if total else ""
        self.stdout.write(f"  {STAGES.get(stage, stage)}{count}")

    def _words(self, path: Path, refusal: DomainError) -> str:
        return refusal.detail if refusal.detail.startswith(path.name) else f"{path.name}: {refusal.detail}"

    def _print(self, outcome: DirectImport) -> None:
        run = outcome.run
        opened = "Would open" if outcome.is_rehearsal else "Opened"
        for name in outcome.opened:
            self.stdout.write(f"{opened} the portfolio “{name}”.")
        for warning in outcome.warnings:
            self.stdout.write(f"Note: {warning}.")
        verb = "would be new" if outcome.is_rehearsal else "new"
        self.stdout.write(
            f"{run.file_name}: {run.rows_new + run.rows_known} rows read, {run.rows_new} {verb}, "
            f"{run.rows_known} already in the book."
        )
        rest = ((run.rows_ignored, "repeat other rows"), (run.rows_left_out, "left out"))
        for count, words in (*rest, (run.rows_wrong, "not understood")):
            if count:
                self.stdout.write(f"  {count} {words}")
        for account in run.accounts:
            self._print_account(account, adopts=run.adopts_openings, is_rehearsal=outcome.is_rehearsal)
        self._print_problems(run)
        for finding in outcome.findings:
            self.stdout.write(f"  check: {finding}")
        if outcome.is_rehearsal:
            self.stdout.write("Nothing was changed (dry run).")

    def _print_account(self, account: dict[str, Any], *, adopts: bool, is_rehearsal: bool) -> None:
        openings = account["opening_count"] + len(account["opening_cash"])
        name = account["number"] or "the account"
        self.stdout.write(f"  {name}: {account['new']} transactions new, {account['known']} known")
        if openings and adopts:
            verb = "would be added" if is_rehearsal else "added"
            self.stdout.write(f"  {name}: {openings} opening positions and balances {verb}")
        elif openings:
            self.stdout.write(
                f"  {name}: {openings} positions and balances are not explained by the statement; "
                "--adopt-openings adds them as opening positions"
            )

    def _print_problems(self, run: ImportRun) -> None:
        problems = ImportRow.objects.filter(
            run=run, status__in=(ImportRow.Status.WRONG, ImportRow.Status.LEFT_OUT)
        ).order_by("line", "id")
        for row in problems[:ROWS_SHOWN]:
            field = f", {row.field}" if row.field else ""
            section = f", {row.section}" if row.section else ""
            self.stdout.write(f"  line {row.line}{section}{field}: {row.reason}")
        more = problems.count() - ROWS_SHOWN
        if more > 0:
            self.stdout.write(f"  and {more} more")
