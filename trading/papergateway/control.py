"""The control channel: commands of an operator over a second loopback port, a line of JSON each."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from trading.papergateway.operator import Operator

LONGEST_LINE = 16_384


class ControlChannel:
    """Answers each line with a line: {"ok": true, ...} or {"ok": false, "error": words}."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator
        self._server: asyncio.Server | None = None

    async def start(self, port: int = 0) -> int:
        """Listen on loopback, and nowhere else. Returns the port."""
        self._server = await asyncio.start_server(self._converse, "127.0.0.1", port, limit=LONGEST_LINE)
        return int(self._server.sockets[0].getsockname()[1])

    def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(json.dumps(self._answer(line)).encode() + b"\n")
                await writer.drain()
        except (ValueError, ConnectionError):
            # A line beyond all measure, or a peer that went: either ends the conversation.
            return
        finally:
            writer.close()

    def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            command = json.loads(line)
            if not isinstance(command, Mapping):
                raise TypeError("a command is an object")
            return {"ok": True, **self._operator.perform(command)}
        except (ValueError, TypeError) as error:
            return {"ok": False, "error": str(error)}
