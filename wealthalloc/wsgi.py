"""The WSGI application: pages and API in production."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import reverse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wealthalloc.settings.base")

application = get_wsgi_application()
# The routes bring all pages with them. Loaded here, the first person to ask need not wait seconds for them.
reverse("healthz")
