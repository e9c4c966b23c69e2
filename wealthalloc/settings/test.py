"""What tests change: servers of their own, a cheap password hash, plain static files, mail in memory."""

from wealthalloc.devstack.testing import servers_for_tests

servers_for_tests()  # before the settings are read: they name the servers

from common.encryption import keyring_read  # noqa: E402
from wealthalloc.settings.base import *  # noqa: E402, F403 - a settings file is its base, changed

DEBUG = False
SECRET_KEY = "a-key-that-only-tests-use-0123456789-0123456789-0123456789"  # noqa: S105 - not a secret
ENCRYPTION_KEYS = keyring_read("test:" + "A" * 43)
# No test asks a server beyond this machine, whatever keys the environment holds.
MASSIVE_KEY = ALPHA_VANTAGE_KEY = ""
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
ACCOUNT_RATE_LIMITS = False
