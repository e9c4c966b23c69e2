"""A small HTTP server on this machine that answers what a test tells it to, and can answer badly."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question that came: its path, its parameters, its headers in small letters."""

    path: str
    parameters: dict[str, str]
    headers: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer: `body` sent `parts` times, each after a `pause`; `length` is what it announces."""

    body: bytes = b"{}"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    pause: float = 0
    parts: int = 1


Script = Callable[[Asked], Said]


@dataclass(slots=True)
class Loopback:
    """The server: where it is, what it was asked, and what it answers."""

    script: Script
    address: str = ""
    asked: list[Asked] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)


@contextmanager
def loopback(script: Script) -> Iterator[Loopback]:
    """A server that answers each question with what `script` says, until the block ends."""
    held = Loopback(script=script)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = Asked(
                path=parts.path,
                parameters=dict(parse_qsl(parts.query)),
                headers={name.lower(): value for name, value in self.headers.items()},
            )
            held.asked.append(asked)
            try:
                self._say(held.script(asked))
            except OSError:
                # The client went away first, which is what some tests are about.
                return

        def _say(self, said: Said) -> None:
            self.send_response(said.status)
            length = len(said.body) * said.parts if said.length is None else said.length
            for name, value in {"Content-Length": str(length), "Connection": "close", **said.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            for _ in range(said.parts):
                if said.pause:
                    self.wfile.flush()
                    held.stop.wait(said.pause)
                self.wfile.write(said.body)
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Nothing: a test looks at what was asked."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    held.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield held
    finally:
        held.stop.set()
        server.shutdown()
        server.server_close()
        thread.join()


def closed_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
