"""The sockets of the product: which consumer answers which path below /ws/."""

from typing import Any

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable
from django.urls import URLPattern, re_path


async def socket_unknown(_scope: Any, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Refuse a path that no consumer answers: the client sees 403 before the handshake is done."""
    await receive()
    await send({"type": "websocket.close", "code": 4404, "reason": "no such socket"})


websocket_urlpatterns: list[URLPattern] = [
    # Last, since it matches everything. The stubs know views only, and this is an ASGI application.
    re_path(r"", socket_unknown),  # type: ignore[arg-type]
]
