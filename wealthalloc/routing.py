"""The sockets of the product: which application answers which path below /ws/."""

from typing import Any

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable
from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from channels.sessions import SessionMiddlewareStack
from django.urls import URLPattern, re_path

from trading.consumers.sockets import portfolio, prices


async def socket_unknown(_scope: Any, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Refuse a path that nothing answers: the client sees 403 before the handshake is done."""
    await receive()
    await send({"type": "websocket.close", "code": 4404, "reason": "no such socket"})


# The stubs know views only, and these are ASGI applications.
websocket_urlpatterns: list[URLPattern] = [
    re_path(r"^ws/prices/$", prices),  # type: ignore[arg-type]
    re_path(r"^ws/portfolio/$", portfolio),  # type: ignore[arg-type]
    # Last, since it matches everything.
    re_path(r"", socket_unknown),  # type: ignore[arg-type]
]

# Pages of other sites are refused first. Who somebody is, the sockets ask for themselves, at the door and
# again every half minute; the middleware of Channels would end a sign-in made under an earlier signing key.
sockets = AllowedHostsOriginValidator(SessionMiddlewareStack(URLRouter(websocket_urlpatterns)))
