"""manage.py import_news: take a file of news in."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from common.errors import DomainError
from mlrecs.services.news import NewsTaken, news_import
from mlrecs.tasks.news import enqueue_tones

SHOWN = 20


class Command(BaseCommand):
    """Import, and say what happened."""

    help = "Import news: CSV with published_at,headline,symbols[,id,body,link,source], or JSON lines."

    def add_arguments(self, parser: CommandParser) -> None:
        """Arguments of the command."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--source", default="", help="whose news it is (default: the file's name)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, and print what happened, rows that are no news first."""
        path: Path = options["file"]
        try:
            taken = news_import(
                data=path.read_bytes(), source=(options["source"] or path.name)[:60], now=timezone.now()
            )
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        except DomainError as error:
            raise CommandError(f"{path}: {error.detail}") from error
        self._tell(path, taken)
        if settings.TONE_MODEL and taken.new:
            enqueue_tones()

    def _tell(self, path: Path, taken: NewsTaken) -> None:
        for row in taken.wrong[:SHOWN]:
            self.stderr.write(f"{path.name}, line {row.line}, {row.field}: {row.reason}")
        if len(taken.wrong) > SHOWN:
            self.stderr.write(f"… and {len(taken.wrong) - SHOWN} more")
        self.stdout.write(f"{taken.new} new, {taken.known} already known, {len(taken.wrong)} rows left out.")
        if taken.wrong and not taken.new and not taken.known:
            raise CommandError("Nothing was imported.")
