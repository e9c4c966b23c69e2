"""Running a paper gateway until it is told to stop."""

import asyncio
import signal
from collections.abc import Callable
from dataclasses import dataclass

from trading.papergateway.control import ControlChannel
from trading.papergateway.exchange.book import PaperBook
from trading.papergateway.journal import Journal
from trading.papergateway.operator import Operator
from trading.papergateway.server import PaperGateway
from trading.papergateway.session import Hub


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where a gateway listens; `control` is None without the channel, and 0 asks for any free port."""

    host: str
    port: int
    control: int | None


async def serve(
    book: PaperBook,
    ports: Ports,
    *,
    journal: Journal | None,
    on_start: Callable[[Ports], None],
    on_death: Callable[[], None],
) -> None:
    """Serve until SIGINT or SIGTERM. `on_start` is told where; raises OSError when that is taken.

    `on_death` is how the process ends when a fault asks for a crash.
    """
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    gateway = PaperGateway(Hub(book), journal=journal, on_death=on_death)
    channel = ControlChannel(Operator(gateway))
    port = await gateway.start(ports.host, ports.port)
    try:
        control = None if ports.control is None else await channel.start(ports.control)
        on_start(Ports(host=ports.host, port=port, control=control))
        await stopping.wait()
    finally:
        channel.stop()
        await gateway.stop()
