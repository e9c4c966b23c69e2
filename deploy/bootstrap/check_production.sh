#!/bin/sh
# Django's own check of the settings as production has them: nothing to say is the only pass.
set -eu
cd "$(dirname "$0")/../.."
SECRET_KEY=$(.venv/bin/python -c 'import secrets; print(secrets.token_urlsafe(48))')
WEALTHALLOC_ENCRYPTION_KEYS=check:$(.venv/bin/python -c 'import secrets; print(secrets.token_urlsafe(32))')
export SECRET_KEY WEALTHALLOC_ENCRYPTION_KEYS
export WEALTHALLOC_MODE=production WEALTHALLOC_HOSTS=book.example.test WEALTHALLOC_MAIL_HOST=mail.example.test
export DATABASE_URL=postgresql://book:none@db.example.test:5432/book REDIS_URL=redis://messages.example.test:6379/0
exec .venv/bin/python manage.py check --deploy --fail-level WARNING
