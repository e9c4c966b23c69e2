"""The ASGI application of the live process: sockets alone, and an answer to those who ask if it lives."""

import os
from collections.abc import Awaitable, Callable
from typing import Any

from channels.routing import ProtocolTypeRouter
from django import setup

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wealthalloc.settings.base")
setup(set_prefix=False)  # consumers import models

from wealthalloc.lifespan import lifespan  # noqa: E402 - see above
from wealthalloc.routing import sockets  # noqa: E402 - see above

Send = Callable[[dict[str, Any]], Awaitable[None]]


async def health_only(scope: dict[str, Any], _receive: object, send: Send) -> None:
    """200 for /healthz and 404 for every other page: pages are served elsewhere."""
    lives = scope["path"] == "/healthz"
    body = b"ok" if lives else b"not found"
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200 if lives else 404, "headers": headers})
    await send({"type": "http.response.body", "body": body})


application = ProtocolTypeRouter(
    {
        "http": health_only,
        "websocket": sockets,
        "lifespan": lifespan,
    }
)
