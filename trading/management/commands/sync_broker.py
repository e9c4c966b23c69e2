"""`manage.py sync_broker`: ask brokers for fills, positions, cash and closes, and take them into the book."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from trading.management.commands.reconcile import add_account_arguments, chosen_accounts
from trading.models import BrokerAccount
from trading.services.broker_sync import SyncOutcome, gateway_sync
from trading.services.nightly_statements import statement_fetch


class Command(BaseCommand):
    """Syncs once, synchronously, and prints what that did."""

    help = (
        "Ask the daemon of each gateway (run_gateway) for fills, positions and cash, book what is new, and "
        "compare book and broker. Running it again adds nothing twice. Exits non-zero when something could "
        "not be read or taken in; differences alone are told, and are the business of reconcile."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        add_account_arguments(parser)
        parser.add_argument(
            "--history",
            type=int,
            default=0,
            metavar="DAYS",
            help="also fill closes that are missing in the last DAYS days, for what is held",
        )
        parser.add_argument(
            "--statements",
            action="store_true",
            help="also fetch the Flex statement of accounts that have a query and a token",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Sync and report."""
        if options["history"] < 0:
            raise CommandError("--history: a number of days, such as 30.")
        has_failed = False
        for gateway, accounts in chosen_accounts(options["account"], options["portfolio"]):
            outcome = gateway_sync(
                gateway=gateway,
                accounts=accounts,
                cause="sync_broker",
                now=timezone.now(),
                history_days=options["history"],
            )
            self._print(gateway.name, outcome)
            has_failed |= not outcome.is_done
            if options["statements"]:
                has_failed |= self._statements(accounts)
        if has_failed:
            raise CommandError("Not everything could be read or taken in.")

    def _statements(self, accounts: list[BrokerAccount]) -> bool:
        has_failed = False
        for account in accounts:
            if not (account.flex_query and account.flex_token):
                self.stdout.write(f"{account}: no Flex query and token, so no statement.")
                continue
            outcome, _ = statement_fetch(account_id=account.pk, now=timezone.now(), cause="sync_broker")
            self.stdout.write(f"{account}, statement: {outcome.run.words}")
            has_failed |= not outcome.is_done
        return has_failed

    def _print(self, name: str, outcome: SyncOutcome) -> None:
        counts = outcome.run.counts
        if "executions" in counts:
            self.stdout.write(
                f"{name}: {counts['executions']} fills read, {counts['executions_new']} news, "
                f"{counts.get('booked', 0)} booked; {counts['positions']} positions, "
                f"{counts['values']} values."
            )
        if "closes" in counts:
            self.stdout.write(f"{name}: {counts['bars']} daily bars read, {counts['closes']} closes new.")
        if "differences" in counts:
            self.stdout.write(
                f"{name}: {counts['differences']} differences, {counts['opened']} new, "
                f"{counts['closed']} closed."
            )
        for row in outcome.standing:
            self.stdout.write(f"  {row.account} {row.words}")
        for failure in counts["failures"]:
            self.stderr.write(f"{name}: {failure}")
