"""Every setting of the product; production differs from a demo by its environment alone."""

from pathlib import Path
from typing import Any

import django_stubs_ext
from csp.constants import NONE, SELF

from wealthalloc.devstack.home import home_folder, secret_once
from wealthalloc.devstack.known import server_url
from wealthalloc.settings.env import (
    database_from,
    env_address,
    env_choice,
    env_flag,
    env_keyring,
    env_list,
    env_secret,
    env_text,
    env_whole,
    redis_from,
)

# Lets Django's generic classes take their type arguments at run time too.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent.parent

# Which house this is -------------------------------------------------------------------------------

# `local` serves one machine over loopback; `production` demands every secret and speaks HTTPS only.
MODE = env_choice("WEALTHALLOC_MODE", ("local", "production"), "local")
PRODUCTION = MODE == "production"
DEMO = env_flag("WEALTHALLOC_DEMO", default=False)
# Where the paper gateway that was started with this house listens; 0 where none was.
PAPER_GATEWAY_PORT = env_whole("WEALTHALLOC_PAPER_PORT", 0, at_most=65535)
DEBUG = env_flag("WEALTHALLOC_DEBUG", default=False)
HOME = home_folder()

SECRET_KEY = env_secret(
    "SECRET_KEY", None if PRODUCTION else secret_once(HOME / "secrets" / "secret_key", size=48)
)
SECRET_KEY_FALLBACKS = env_list("SECRET_KEY_FALLBACKS", ())
# Seals what is secret in the database. An earlier key stays behind the current one until every row is sealed
# anew; a key that is lost takes with it what it sealed.
ENCRYPTION_KEYS = env_keyring(
    "WEALTHALLOC_ENCRYPTION_KEYS",
    None if PRODUCTION else "home:" + secret_once(HOME / "secrets" / "encryption_key", size=32),
)
ALLOWED_HOSTS = env_list(
    "WEALTHALLOC_HOSTS", None if PRODUCTION else ("localhost", "127.0.0.1", "[::1]", "testserver")
)
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS] if PRODUCTION else []

ROOT_URLCONF = "wealthalloc.urls"
WSGI_APPLICATION = "wealthalloc.wsgi.application"
ASGI_APPLICATION = "wealthalloc.asgi.application"

INSTALLED_APPS = [
    "wealthalloc",
    "common",
    "accounts",
    "portfolios",
    "trading",
    "taxharvest",
    "mlrecs",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "wealthalloc.staticfiles.StaticFiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "template_partials",
    "channels",
    "csp",
]

MIDDLEWARE = [
    "common.streams.StreamsInTurn",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "common.caching.PersonalAnswers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "wealthalloc.body_limit.BodyLimit",
    # Last, so that it stands nearest to the pages whose refusals it puts into words.
    "common.refusals.RefusalMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "wealthalloc.navigation.navigation",
                "wealthalloc.shell.shell",
            ],
        },
    }
]
FORM_RENDERER = "common.form_renderer.PageRenderer"

# Servers -------------------------------------------------------------------------------------------

# In a local house the servers of `make demo` or `manage.py devstack` are found through WEALTHALLOC_HOME.
# When none runs, the database refuses on first use with a sentence that says what to set.
_database_url = env_secret("DATABASE_URL", None if PRODUCTION else server_url(HOME, "postgres") or "absent")
DATABASES: dict[str, dict[str, Any]] = {
    "default": (
        {"ENGINE": "wealthalloc.devstack.absent", "NAME": "absent"}
        if _database_url == "absent"
        else database_from(_database_url)
        | {
            "CONN_MAX_AGE": env_whole("WEALTHALLOC_DB_CONNECTION_SECONDS", 60),
            "CONN_HEALTH_CHECKS": True,
            "DISABLE_SERVER_SIDE_CURSORS": env_flag("WEALTHALLOC_DB_BEHIND_PGBOUNCER", default=False),
        }
    )
}

# A socket path that cannot exist, so that the refusal names the variable.
REDIS_URL = redis_from(
    env_secret(
        "REDIS_URL",
        None if PRODUCTION else server_url(HOME, "valkey") or "unix:///REDIS_URL is not set and no demo runs",
    )
)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "wealthalloc",
    },
    # Parts of pages, whose keys name all that they show: nothing that another process must know.
    "process": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 500},
    },
}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": "wealthalloc"},
    }
}

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_RESULT_BACKEND = None  # results are rows of the product, not messages
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_DEFAULT_EXCHANGE = "wealthalloc"
CELERY_TASK_DEFAULT_ROUTING_KEY = "default"
CELERY_TASK_CREATE_MISSING_QUEUES = False
# Whatever reckons with arrays goes to the one queue whose workers may load them.
CELERY_TASK_ROUTES = {"mlrecs.fetch_news": {"queue": "sync"}, "mlrecs.*": {"queue": "ml"}}
# A task may run twice (a killed worker's messages come again): each is idempotent, none moves money.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = env_whole("WEALTHALLOC_TASK_SECONDS", 1800, at_least=1)
CELERY_TASK_SOFT_TIME_LIMIT = max(CELERY_TASK_TIME_LIMIT - 30, 1)
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": CELERY_TASK_TIME_LIMIT + 60,
    "global_keyprefix": "wealthalloc:",
}
CELERY_TIMEZONE = "UTC"

# People --------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.views.sign_up.AccountAdapter"
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignUpForm"
ACCOUNT_FORMS = {
    "login": "accounts.views.library_forms.LoginForm",
    "change_password": "accounts.views.library_forms.ChangePasswordForm",
    "reset_password_from_key": "accounts.views.library_forms.ResetPasswordKeyForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = env_choice(
    "WEALTHALLOC_EMAIL_VERIFICATION",
    ("mandatory", "optional", "none"),
    "mandatory" if PRODUCTION else "optional",
)
ACCOUNT_EMAIL_SUBJECT_PREFIX = "WealthAlloc: "
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS: dict[str, str] | bool = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "signup": "20/m/ip",
    "reset_password": "20/m/ip,5/m/key",
    "confirm_email": "1/3m/key",
    "change_password": "5/m/user",
    "manage_email": "10/m/user",
    "reauthenticate": "10/m/user",
}
MFA_ADAPTER = "accounts.views.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "WealthAlloc"

# A proxy in front must be named in numbers, or addresses in the forwarding header are not believed.
ALLAUTH_TRUSTED_PROXY_COUNT = env_whole("WEALTHALLOC_TRUSTED_PROXIES", 0)

# Mail ----------------------------------------------------------------------------------------------

_mail_host = env_text("WEALTHALLOC_MAIL_HOST", None if PRODUCTION else "console")
EMAIL_BACKEND = (
    "django.core.mail.backends.console.EmailBackend"
    if _mail_host == "console"
    else "django.core.mail.backends.smtp.EmailBackend"
)
EMAIL_HOST = _mail_host
EMAIL_PORT = env_whole("WEALTHALLOC_MAIL_PORT", 587, at_least=1, at_most=65535)
EMAIL_HOST_USER = env_text("WEALTHALLOC_MAIL_USER", "")
EMAIL_HOST_PASSWORD = env_secret("WEALTHALLOC_MAIL_PASSWORD", "")
EMAIL_USE_TLS = env_flag("WEALTHALLOC_MAIL_TLS", default=True)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env_text("WEALTHALLOC_MAIL_FROM", "WealthAlloc <no-reply@wealthalloc.test>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Where pages find the sockets, when it is not the host and port that served the page.
LIVE_URL = env_text("WEALTHALLOC_LIVE_URL", "")

# Prices and statements from elsewhere --------------------------------------------------------------

# Without a key a feed is not configured, and never asked. A limit of 0 is none.
MASSIVE_KEY = env_secret("WEALTHALLOC_MASSIVE_KEY", "")
MASSIVE_URL = env_address("WEALTHALLOC_MASSIVE_URL", "https://api.massive.com")
MASSIVE_PER_MINUTE = env_whole("WEALTHALLOC_MASSIVE_PER_MINUTE", 5, at_most=1_000)
MASSIVE_PER_DAY = env_whole("WEALTHALLOC_MASSIVE_PER_DAY", 0, at_most=5_000)
ALPHA_VANTAGE_KEY = env_secret("WEALTHALLOC_ALPHA_VANTAGE_KEY", "")
ALPHA_VANTAGE_URL = env_address("WEALTHALLOC_ALPHA_VANTAGE_URL", "https://www.alphavantage.co")
ALPHA_VANTAGE_PER_MINUTE = env_whole("WEALTHALLOC_ALPHA_VANTAGE_PER_MINUTE", 5, at_most=1_000)
ALPHA_VANTAGE_PER_DAY = env_whole("WEALTHALLOC_ALPHA_VANTAGE_PER_DAY", 25, at_most=5_000)
FLEX_URL = env_address(
    "WEALTHALLOC_FLEX_URL", "https://ndcdyn.interactivebrokers.com/AccountManagement/FlexWebService"
)

# What reads the tone of news: a dictionary in the format of Loughran and McDonald, or a model in a folder of
# this machine. Without either it is the short list that ships.
TONE_DICTIONARY = env_text("WEALTHALLOC_TONE_DICTIONARY", "")
TONE_MODEL = env_text("WEALTHALLOC_TONE_MODEL", "")

# Safety --------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF, *([LIVE_URL] if LIVE_URL else [])],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_AGE = env_whole("WEALTHALLOC_SESSION_SECONDS", 14 * 24 * 3600, at_least=60)
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = PRODUCTION
# HTMX requests carry the token from the page, so scripts need not read the cookie.
CSRF_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
# For everything but a form with a file, whose limit is that of the largest statement.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600

# Words, days and numbers ---------------------------------------------------------------------------

LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Files ---------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = Path(env_text("WEALTHALLOC_STATIC_ROOT", str(HOME / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = Path(env_text("WEALTHALLOC_MEDIA_ROOT", str(HOME / "media")))
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (
    "jpg", "jpeg", "png", "gif", "webp", "zip", "gz", "br", "woff", "woff2",
    "map",  # asked for by debuggers alone, and as large as all the rest
)  # fmt: skip
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            # Over loopback compression costs more, at every start, than it saves.
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if env_flag("WEALTHALLOC_STATIC_COMPRESSED", default=PRODUCTION)
            else "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
        )
    },
}

# API -----------------------------------------------------------------------------------------------

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.AccessTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "rest_framework.parsers.JSONParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "common.pagination.BookCursorPagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "EXCEPTION_HANDLER": "common.problems.problem_handler",
    "COERCE_DECIMAL_TO_STRING": True,
    "NUM_PROXIES": ALLAUTH_TRUSTED_PROXY_COUNT,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "WealthAlloc",
    "DESCRIPTION": "The book of a household: portfolios, lots, prices, performance, imports and orders.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    # Several things have a kind; the schema names each list by whose it is.
    "ENUM_NAME_OVERRIDES": {
        "PortfolioKindEnum": "portfolios.models.Portfolio.Kind",
        "TransactionKindEnum": "portfolios.engine.records.TransactionKind",
        "LineKindEnum": "portfolios.engine.figures.LineKind",
        "UnitEnum": "portfolios.api.serializers.UNITS",
        "SourceKindEnum": "portfolios.engine.figures.SourceKind",
        "InboxKindEnum": "portfolios.selectors.dashboard.InboxKind",
        "ImportRunStateEnum": "portfolios.models.ImportRun.State",
        "OrderStateEnum": "trading.api.serializers.ORDER_STATES",
        "GatewayStateEnum": "trading.models.Gateway.State",
        "HarvestStateEnum": "taxharvest.models.TaxHarvest.State",
        "PlanStateEnum": "taxharvest.models.HarvestPlan.State",
        "LegStateEnum": "taxharvest.models.HarvestLeg.State",
        "LegRoleEnum": "taxharvest.models.HarvestLeg.Role",
        "PlanChoiceEnum": "taxharvest.api.plan_serializers.CHOICES",
        "ReturnChoiceEnum": "taxharvest.api.plan_serializers.RETURN_CHOICES",
        "ScanStateEnum": "taxharvest.models.HarvestScan.State",
        "ScanCauseEnum": "taxharvest.models.HarvestScan.Cause",
        "RiskUnitEnum": "mlrecs.api.risk_serializers.RISK_UNITS",
        "HarvestThresholdEnum": "taxharvest.models.HarvestPolicy.Threshold",
        "RecommendationStateEnum": "mlrecs.models.Recommendation.State",
        "RecommendationKindEnum": "mlrecs.models.Recommendation.Kind",
        "RebalanceStateEnum": "taxharvest.models.Rebalance.State",
    },
}

# Orders --------------------------------------------------------------------------------------------

# How long an order may wait here to be sent, while its gateway is away; afterwards it is cancelled.
ORDER_PENDING_SECONDS = env_whole("WEALTHALLOC_ORDER_PENDING_SECONDS", 900, at_least=10, at_most=86400)

# Trading stands below the app that knows taxes, so the tax side of an order is reached by this name.
ORDER_TAX_LOOK = "taxharvest.selectors.order_taxes.order_tax_look"

# Records of what happens ---------------------------------------------------------------------------

_log_level = env_choice("WEALTHALLOC_LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO")
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": _log_level},
    "loggers": {
        "django.server": {"level": "WARNING"},
        # They write down every address that is asked, and some sources want the key in it.
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
        # They write down account numbers in full.
        "ib_insync": {"level": "WARNING"},
        "ib_async": {"level": "WARNING"},
    },
}
