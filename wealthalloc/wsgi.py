"""The WSGI application: pages and API in production."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wealthalloc.settings.base")

application = get_wsgi_application()
