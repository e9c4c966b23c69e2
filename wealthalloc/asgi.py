"""The ASGI application: sockets always, and in the demo pages and API too."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wealthalloc.settings.base")

# Django must be set up before consumers are imported: they import models.
pages = get_asgi_application()

from wealthalloc.body_limit import without_large_bodies  # noqa: E402 - see above
from wealthalloc.lifespan import lifespan  # noqa: E402 - see above
from wealthalloc.routing import sockets  # noqa: E402 - see above

application = ProtocolTypeRouter(
    {
        "http": without_large_bodies(pages),
        "websocket": sockets,
        "lifespan": lifespan,
    }
)
