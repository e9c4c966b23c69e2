"""`manage.py tax_report --owner EMAIL --year YEAR --form FORM --format FORMAT`: a form as a file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from common.errors import DomainError
from portfolios.selectors.scopes import Scope, scope_of
from taxharvest.engine.tables.registry import table_of
from taxharvest.engine.writers.files import FileFormat, FormName, form_named, format_named
from taxharvest.selectors.form_files import FormFile, form_download


class Command(BaseCommand):
    """Writes one form of one person's tax year, and prints what it holds."""

    help = (
        "Write Form 8949, Schedule D or Form 1099-B of a household's tax year as PDF, CSV, TXF (8949 alone) "
        "or JSON. Worksheets to copy from or to import, not forms of the IRS."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--owner", required=True, metavar="EMAIL", help="whose tax year it is")
        parser.add_argument("--year", required=True, type=int, metavar="YEAR", help="the tax year")
        parser.add_argument("--form", required=True, metavar="FORM", help=", ".join(FormName))
        parser.add_argument("--format", required=True, metavar="FORMAT", help=", ".join(FileFormat))
        parser.add_argument("--out", type=Path, metavar="FILE", help="where to write it; else in this folder")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the form. Exits non-zero, with the reason, when it cannot be made or written."""
        owner = User.objects.filter(email=options["owner"].lower()).first()
        scope = scope_of(owner) if owner is not None else None
        if owner is None or scope is None:
            raise CommandError(f"Nobody with a household signs in as {options['owner']}.")
        try:
            made = _made(owner, scope, options)
        except DomainError as refusal:
            raise CommandError(refusal.detail) from None
        path = options["out"] or Path(made.name)
        try:
            path.write_bytes(made.data)
        except OSError as error:
            raise CommandError(f"{path}: cannot be written ({error.strerror}).") from None
        self._print(path, made, scope)

    def _print(self, path: Path, made: FormFile, scope: Scope) -> None:
        sales = made.sales
        self.stdout.write(
            f"{path}: {len(made.data):,} bytes, for {scope.label}, {sales.year}: {len(sales.sales)} pieces "
            f"of lots sold, state of the book {sales.digest}"
        )
        unknown = sum(sale.basis is None for sale in sales.sales)
        if unknown:
            self.stdout.write(f"  {unknown} with unknown basis: they are not counted on Form 8949")
        for item in sales.left_out:
            self.stdout.write(f"  left out: {item.symbol}, sold {item.sold}, {item.account}: {item.reason}")
        for note in sales.notes:
            self.stdout.write(f"  {note}")


def _made(owner: User, scope: Scope, options: dict[str, Any]) -> FormFile:
    form, file_format = form_named(options["form"]), format_named(options["format"])
    table_of(options["year"])
    return form_download(
        owner,
        scope,
        year=options["year"],
        form=form,
        file_format=file_format,
        today=timezone.localdate(),
    )
