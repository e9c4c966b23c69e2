"""manage.py run_gateway NAME: own a gateway to the broker until told to stop."""

import asyncio
import os
import signal
import sys
import time
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from trading.daemon.brokers import broker_make
from trading.daemon.daemon import GatewayDaemon
from trading.selectors.paper_accounts import gateway_key, has_accounts
from trading.services.gateways import FencedOut

# Another daemon owns the gateway: a supervisor that starts this one again lets it wait its turn.
OVERTAKEN = 3
LONGEST_END_SECONDS = 2.5
LOOK_SECONDS = 5
# The lanes are threads, and each of them hands the interpreter on at every word with the database. One that
# reckons (a comparison, a derived book) would keep it for five milliseconds each time: an order on its way
# waits for it dozens of times.
SWITCH_SECONDS = 0.0005


class Command(BaseCommand):
    """Send orders, hear what becomes of them, and tell prices."""

    help = "Own one gateway to the broker: send its orders, write down what the broker tells, publish prices."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which gateway."""
        parser.add_argument("name", help="the name of the gateway's row")
        parser.add_argument("--wait", action="store_true", help="until it has an account, instead of failing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGTERM or SIGINT; the exit status is 3 when another daemon took the gateway over."""
        while options["wait"] and not has_accounts(options["name"]):
            connection.close()
            time.sleep(LOOK_SECONDS)
        gateway_id = gateway_key(options["name"])
        if gateway_id is None:
            raise CommandError(f"There is no gateway called {options['name']}.")
        sys.setswitchinterval(SWITCH_SECONDS)
        try:
            asyncio.run(_run(gateway_id))
        except FencedOut as error:
            self.stderr.write(str(error))
            sys.exit(OVERTAKEN)


async def _run(gateway_id: UUID) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        stopping.set()
        # Whatever hangs: the rows say all that the next daemon has to know.
        loop.call_later(LONGEST_END_SECONDS, os._exit, 0)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    await GatewayDaemon(gateway_id, make_broker=broker_make).run(stopping)
