"""Runs PostgreSQL and Valkey for this home until it is interrupted."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from wealthalloc.devstack.errors import StackError
from wealthalloc.devstack.home import home_folder
from wealthalloc.devstack.stack import Stack


class Command(BaseCommand):
    """Servers only: other commands find them through WEALTHALLOC_HOME."""

    help = "Run PostgreSQL and Valkey for WEALTHALLOC_HOME until Ctrl-C; other commands find them."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Start or adopt, print where they answer, wait for the end."""
        ended = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: ended.set())
        try:
            stack = Stack(home_folder())
            urls = stack.start()
        except StackError as error:
            raise CommandError(str(error)) from error
        try:
            self.stdout.write(f"DATABASE_URL={urls.database}\nREDIS_URL={urls.redis}\nCtrl-C stops both.")
            self.stdout.flush()
            ended.wait()
        finally:
            stack.stop()
        self.stdout.write("Stopped.")
